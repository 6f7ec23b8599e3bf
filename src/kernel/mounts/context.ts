// What `mountOps` must know besides the mounts: registers, the container's namespaces, and what the caller's probe found.
import type { IdMapping, Mount, NamespaceType } from "../../spec/runtime/config.ts";
import type { Op, Register, Registers } from "../plan/plan.ts";
import type { ParsedOptions } from "./options.ts";

/** One cgroup hierarchy as a container may see it; both paths are absolute, on the host. */
export interface CgroupDirectory {
  /** Controllers of a v1 hierarchy (`name=systemd` for a named one); empty for v2. */
  readonly controllers: readonly string[];
  readonly mountpoint: string;
  /** The container's own directory below `mountpoint`. */
  readonly directory: string;
}

/** The hierarchies of the host, with the container's own directory in each. */
export interface CgroupView {
  readonly v1: readonly CgroupDirectory[];
  readonly v2?: CgroupDirectory;
}

export interface MountContext {
  readonly registers: Registers;
  /** The container's root (register of an open directory), written before any of the child's ops run. */
  readonly root: Register;
  /** The bundle: relative bind sources start here. */
  readonly bundle: string;
  /** What lies at an absolute host path. */
  readonly sourceKind: (path: string) => "directory" | "file" | "missing";
  /** Permission bits of what lies at a destination in the rootfs: a tmpfs without `mode` takes them over, as with runc and crun. */
  readonly targetMode?: (destination: string) => number | undefined;
  /** Namespaces that the container does not share with the caller, new or joined. */
  readonly own: ReadonlySet<NamespaceType>;
  /** Privileges hold in a user namespace only: the container has its own, or the caller is in one. */
  readonly unprivileged: boolean;
  /** The maps of the container's user namespace, where the configuration gives them. */
  readonly idMaps?: IdMaps;
  /** Path of the user namespace that is joined: `idmap` without mappings takes its maps. */
  readonly joinedUserNamespace?: string;
  /** The maps that the root file system is to be seen through: mountOps makes the user namespace of them too. */
  readonly rootMaps?: IdMaps;
  /** Where the helper of idmapped mounts is put; absent where the caller may not map ids (rootless). */
  readonly idmap?: IdmapContext;
  readonly cgroup: CgroupView;
  /** SELinux label of the file systems made for the container (`linux.mountLabel`). */
  readonly mountLabel?: string;
  /** Clone bind sources in the host section: for directories that the container's user namespace cannot reach. */
  readonly openSourcesInHost: boolean;
}

export interface IdMaps {
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

export interface IdmapContext {
  /** Index of the plan's section that `idmapHelperOps` fills. */
  readonly section: number;
  /** The caller's procfs, an open directory. */
  readonly proc: Register;
}

/** The ops of all mounts, by where they belong. */
export interface MountOps {
  /** Before the child is cloned, in the caller's namespaces. */
  readonly host: readonly Op[];
  /** In the child, before pivot_root. */
  readonly child: readonly Op[];
  /** In the child, when nothing more is made in the container's file systems: read-only at last. */
  readonly late: readonly Op[];
  /** What was asked for and cannot be done, and is no error. */
  readonly warnings: readonly string[];
}

/** One mount of the configuration, read. */
export interface MountEntry {
  readonly mount: Mount;
  readonly options: ParsedOptions;
  /** Absolute, without `.` and `..`: a path below the container's root. */
  readonly destination: string;
  /** The field of the configuration: `mounts[3]`. */
  readonly from: string;
  /** `tmpfs on /data` */
  readonly subject: string;
}

/** Lists that the parts append to. */
export interface MountSink {
  readonly host: Op[];
  readonly child: Op[];
  readonly late: Op[];
}
