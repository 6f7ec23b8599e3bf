// What a plan needs to know of the host, as plain data: `compile` sees nothing else of the machine, so goldens can state any host.
import type { Arch } from "../tables/arch.ts";

/** One cgroup v1 hierarchy, as mounted: `cpu,cpuacct` may share one. */
export interface V1Hierarchy {
  /** Controllers in it; `name=systemd` for a named one. */
  readonly controllers: readonly string[];
  /** Where it is mounted: `/sys/fs/cgroup/memory`. */
  readonly mountpoint: string;
  /** The directory of the hierarchy that the mount shows: `/` unless this host is itself a container. */
  readonly root: string;
  /** The caller's own cgroup in it (`/proc/self/cgroup`). */
  readonly own: string;
}

/** The cgroup v2 hierarchy, as mounted. */
export interface V2Hierarchy {
  readonly mountpoint: string;
  readonly root: string;
  readonly own: string;
  /** `cgroup.controllers` of its root: empty where v1 holds them all. */
  readonly controllers: readonly string[];
  /** Where a caller without root may make cgroups: its own cgroup's parent, else its own (cgroups(7), "delegation"). */
  readonly delegated?: {
    /** As `own`: a path of the hierarchy. */
    readonly path: string;
    /** What it can hand down: nothing in the caller's own cgroup, which holds processes (the no-internal-process rule). */
    readonly controllers: readonly string[];
  };
}

/** `v2`: unified; `hybrid`: v1 with a v2 tree beside it; `none`: nothing mounted. */
export type CgroupMode = "v1" | "hybrid" | "v2" | "none";

export interface CgroupFacts {
  readonly mode: CgroupMode;
  readonly v1: readonly V1Hierarchy[];
  readonly v2?: V2Hierarchy;
  /** systemd is PID 1 and its bus answers; needed by the systemd driver. */
  readonly systemd: boolean;
  /** Whether this caller may make cgroups in the v2 tree (rootless: a delegated one) or, as root, at all. */
  readonly writable: boolean;
}

/** A range of subordinate ids of the caller (`/etc/subuid`, subuid(5)). */
export interface SubordinateRange {
  readonly start: number;
  readonly size: number;
}

export interface HostFacts {
  readonly kernel: { readonly major: number; readonly minor: number };
  readonly arch: Arch;
  /** Effective ids of the caller. */
  readonly uid: number;
  readonly gid: number;
  /** True when the caller lacks CAP_SYS_ADMIN or is not root in the initial user namespace: user namespaces are then used for everything. */
  readonly rootless: boolean;
  readonly capabilities: {
    /** Bit masks by capability number. */
    readonly bounding: bigint;
    readonly effective: bigint;
    /** /proc/sys/kernel/cap_last_cap */
    readonly last: number;
  };
  readonly cgroup: CgroupFacts;
  readonly subordinate: {
    readonly uids: readonly SubordinateRange[];
    readonly gids: readonly SubordinateRange[];
    /** Absolute paths of the set-uid helpers, where installed. */
    readonly newuidmap?: string;
    readonly newgidmap?: string;
  };
  readonly lsm: { readonly apparmor: boolean; readonly selinux: boolean };
  /** Mount point of resctrl (Intel RDT), where mounted. */
  readonly resctrl?: string | undefined;
  /** Namespace kinds of /proc/self/ns: `mnt`, `pid`, `net`, `ipc`, `uts`, `user`, `cgroup`, `time`. */
  readonly namespaces: readonly string[];
}
