// References to images: the grammar of distribution's reference package, with docker's short names.
import type { Digest } from "../../base/digest.ts";

/** A reference, read and completed: `debian` is docker.io, library/debian, latest. */
export interface ImageReference {
  /** Host and port, as in the reference; `docker.io` for short names. */
  readonly registry: string;
  /** Path below the registry: `library/debian`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}
