// The whole configuration of a container, one document: what was asked for and what its image said, joined when it was made. It is stored as
// JSON in the row of the container, and beside its files as the record of its birth. `start` makes of it what `run` made of the flags; who it
// is to people (its name) and how it fares (its state) are columns of the row, not of the document.
import type { Digest } from "../../base/digest.ts";
import type { IdMaps } from "../../kernel/state/side-plan.ts";
import type { UserRequest } from "../config/accounts.ts";
import type { ContainerOptions } from "../config/container-options.ts";
import type { LifeSettings } from "./life.ts";
import type { LogSettings } from "./log.ts";
import type { MountRequest } from "./mounts.ts";
import type { NetworkSettings } from "./network.ts";

export interface ContainerDocument {
  readonly version: 2;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** RFC 3339. */
  readonly created: string;
  readonly root: DirectoryRoot | ImageRoot;
  /** What the OCI configuration is made from, but for what is found out at each start: the user's numbers, mounts, network. */
  readonly options: DocumentOptions;
  /** As it was asked for; looked up in the root file system at each start. */
  readonly user: UserRequest;
  /** The engines' default filter, none, or the text of a profile. */
  readonly seccomp: "default" | "unconfined" | { readonly profile: string };
  readonly stdio: StdioSettings;
  readonly mounts: readonly MountRequest[];
  readonly network: NetworkSettings;
  readonly life: LifeSettings;
  readonly log: LogSettings;
  readonly labels: Readonly<Record<string, string>>;
  readonly birth: Birth;
}

export type DocumentOptions = Omit<
  ContainerOptions,
  "rootfs" | "hostname" | "user" | "mounts" | "rootfsPropagation" | "files" | "network" | "consoleSize"
> & {
  /** Without one of its own the container takes the beginning of its id. */
  readonly hostname?: string;
};

/** `--rootfs`: a directory of the caller's, which the container writes to. */
export interface DirectoryRoot {
  readonly kind: "directory";
  /** Absolute. */
  readonly path: string;
}

/** An image's layers, and a directory of the container's own over them. */
export interface ImageRoot {
  readonly kind: "image";
  /** The name that was asked for. */
  readonly name: string;
  readonly id: Digest;
  readonly manifest: Digest;
  /** Absolute directories of the unpacked layers, bottom to top. */
  readonly layers: readonly string[];
  /** The layers are copied for the container, as the kernel makes no overlay of them. */
  readonly copied?: true;
}

/** What of the caller's three streams the container has. */
export interface StdioSettings {
  /** `-i`: standard input stays open, whether or not anybody is attached. */
  readonly open: boolean;
  /** `-a`, or what follows from `-d` and `-i`. */
  readonly attach: readonly ("stdin" | "stdout" | "stderr")[];
  readonly detachKeys?: string;
}

/** By whom and where it was made. */
export interface Birth {
  /** Where its running state is, while it runs. */
  readonly runRoot: string;
  readonly boot: string;
  /** The command that made it. */
  readonly creator: { readonly pid: number; readonly start: string };
  /** The name that it was asked to bear; it may have another by now. */
  readonly name?: string;
  /** The cgroup that its own lies in, where it is not the default one. */
  readonly cgroupParent?: string;
  /** The words of the `run` or `create` that made it, from after that. */
  readonly command?: readonly string[];
  /** Its maker is to start it, too: with `--rm`, it has no reason to be where that one was killed in between. */
  readonly starts?: true;
  /** Its files are other users' too: those of the user namespace of a caller without privileges. */
  readonly maps?: IdMaps;
  /** The ids of its user namespace, where it asked for others than every container of its caller has. */
  readonly userns?: IdMaps;
}
