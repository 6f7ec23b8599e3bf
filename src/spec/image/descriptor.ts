// Content descriptors: image-spec 1.1, descriptor.md.
import type { Digest } from "../../base/digest.ts";
import type { Platform } from "./platform.ts";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, base64, for small ones. */
  readonly data?: string;
  readonly artifactType?: string;
  /** In an index: what the manifest is for. */
  readonly platform?: Platform;
}
