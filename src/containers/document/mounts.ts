// What a container is asked to have mounted: `-v`, `--mount`, `--tmpfs`, `--volumes-from` and the volumes of its image, in one form.
import type { Digest } from "../../base/digest.ts";

export interface MountCommon {
  /** Absolute and clean. */
  readonly destination: string;
  readonly readonly: boolean;
  /** What it was asked for by, for error sentences: `--volume src:/dst`. */
  readonly from: string;
}

export interface BindRequest extends MountCommon {
  readonly kind: "bind";
  /** Absolute. */
  readonly source: string;
  /** `-v` makes a source that is not there, `--mount` refuses it. */
  readonly create: boolean;
  readonly propagation?: "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave";
  /** Of what is mounted below the source: all of it, or nothing. */
  readonly recursive: boolean;
  /** With `readonly`: what is mounted below becomes read-only too. */
  readonly readonlyRecursive: boolean;
  /** `:map`: the caller's files are shown as those of the container's user, and back. */
  readonly idmap: boolean;
  /** Further options of mount(8): nosuid, noexec … */
  readonly options: readonly string[];
}

export interface VolumeRequest extends MountCommon {
  readonly kind: "volume";
  /** Of an anonymous one, the name that it got when the container was made. */
  readonly name: string;
  readonly anonymous: boolean;
  readonly driver?: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Begins with what the image has at the destination. */
  readonly copy: boolean;
  /** Relative path in the volume. */
  readonly subpath?: string;
  readonly readonlyRecursive: boolean;
  readonly options: readonly string[];
}

export interface TmpfsRequest extends MountCommon {
  readonly kind: "tmpfs";
  /** As mount(8) takes them. */
  readonly options: readonly string[];
}

/** `--mount type=image`: the files of an image, read-only. */
export interface ImageMountRequest extends MountCommon {
  readonly kind: "image";
  readonly name: string;
  /** Directories of its unpacked layers, bottom to top, found when the container was made. */
  readonly layers: readonly string[];
  /** What keeps them in the store while the container is there. */
  readonly manifest?: Digest;
  readonly subpath?: string;
}

export type MountRequest = BindRequest | VolumeRequest | TmpfsRequest | ImageMountRequest;
