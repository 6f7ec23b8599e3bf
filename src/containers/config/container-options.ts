// A container as people ask for it, and what of its host its configuration depends on.
import type { BlockIoResources, Device, IdMapping, Mount, NamespaceType, Resources, Rlimit } from "../../spec/runtime/config.ts";
import type { IsolationOptions } from "./isolation.ts";

/** What `run` was asked for. */
export interface ContainerOptions extends IsolationOptions {
  readonly rootfs: string;
  readonly args: readonly string[];
  /** How many of them, from the first, are the entrypoint: who makes an image of the container wants to know. */
  readonly entrypoint?: number;
  readonly terminal: boolean;
  readonly hostname: string;
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    /** Where the image's group file was looked at; without the first group. */
    readonly additionalGids?: readonly number[];
    readonly home?: string;
  };
  readonly readonlyRoot: boolean;
  /** `own`: it is connected to something; `joined`: another's, whose path the host knows. */
  readonly network: "none" | "own" | "host" | "joined";
  /** What was asked for, in the order in which it may lie in each other. */
  readonly mounts: readonly Mount[];
  /** What one of them needs of the root: events of the host's mounts come in, or go both ways. */
  readonly rootfsPropagation?: "shared" | "rslave";
  /** Files that are made for the container, over whatever the image has there. */
  readonly files?: readonly OwnMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly rlimits: readonly Rlimit[];
  /** Size of the caller's window, where it has one. */
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
}

/** Something in the container's own directory on the host. */
export interface OwnMount {
  readonly source: string;
  readonly destination: string;
}

/** What of the caller's host the configuration depends on. */
export interface ContainerHost {
  /** The caller has no privileges but in user namespaces: there is no device cgroup, and no device is made. */
  readonly rootless: boolean;
  /** The ids of the container's user namespace, where it has one; of a joined one, where they are known. */
  readonly idMaps?: { readonly uids: readonly IdMapping[]; readonly gids: readonly IdMapping[] };
  /** Paths of the namespaces of others that the container is put into. */
  readonly joined?: { readonly [K in NamespaceType]?: string };
  /** The host shows its message queues in /dev/mqueue. */
  readonly hasMqueue?: boolean;
  /** The container's own directory in the hierarchy `name=systemd` of cgroup v1, which systemd must be able to write to. */
  readonly systemdCgroup?: string;
  /** Every node that was asked for, by number. */
  readonly devices?: readonly HostDevice[];
  /** Limits of block devices, by number. */
  readonly blockIO?: BlockIoResources;
  /** Names of the capabilities that the caller can give. */
  readonly capabilities: ReadonlySet<string>;
  /** CPUs whose thermal throttling sysfs would show. */
  readonly throttledCpus: readonly number[];
}

/** A device of the host's, as the container is to have it. */
export interface HostDevice extends Device {
  /** Of r, w and m. */
  readonly access: string;
}
