// What running a container asks of images; the store and the client of registries stand behind it.
import type { Digest } from "../../base/digest.ts";
import type { ImageConfig } from "../../spec/image/image-config.ts";

/** `always` asks the registry even for what is there, `never` does not ask it at all. */
export const PULL_POLICIES = ["missing", "always", "never"] as const;
export type PullPolicy = (typeof PULL_POLICIES)[number];

/** An image whose layers are unpacked. */
export interface ResolvedImage {
  /** Digest of the configuration. */
  readonly id: Digest;
  readonly manifestDigest: Digest;
  readonly config: ImageConfig;
  /** The unpacked layers: absolute directories, bottom to top. They stay while a container's record names them. */
  readonly layers: readonly string[];
  /** Whether it is still there, asked when the container's record is; from then on the record keeps it. Absent: it is kept by other means. */
  readonly confirm?: () => Promise<boolean>;
}

export interface ResolveOptions {
  /** `os/architecture[/variant]`; the host's when absent. */
  readonly platform?: string;
}

export interface EnsureOptions extends ResolveOptions {
  readonly pull: PullPolicy;
  /** No progress. */
  readonly quiet: boolean;
}

export interface ImageLookup {
  /** The image of this name (or id) in the store; undefined when there is none. @throws InvalidInputError for what is no name */
  resolve(name: string, options: ResolveOptions): Promise<ResolvedImage | undefined>;
  /** The same, pulled first as the policy says. @throws TeuError `not-found` where nobody has it */
  ensure(name: string, options: EnsureOptions): Promise<ResolvedImage>;
}
