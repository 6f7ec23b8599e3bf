// What may be said of one end of a copy, whatever its transport; each takes what means something to it.
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { RegistryAccess } from "./network.ts";

export interface EndOptions {
  readonly access?: RegistryAccess | undefined;
  /** Of the one image of an archive that readers of old see. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Repositories of the same registry that may have the blobs. */
  readonly mountFrom?: readonly string[] | undefined;
  /** More names of the one image of a docker-archive. */
  readonly names?: readonly string[] | undefined;
  /** Where docker listens, as in DOCKER_HOST. */
  readonly daemonHost?: string | undefined;
  /** Told what is said by the program that makes an image. */
  readonly onProgress?: ProgressSink | undefined;
}
