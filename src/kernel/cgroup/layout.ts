// Where a container's cgroup lies in each hierarchy, and which controllers it can have there. Pure: from HostFacts.
import { TeuError } from "../../base/errors.ts";
import { mountedPath } from "../probe/cgroup.ts";
import type { HostFacts, V1Hierarchy, V2Hierarchy } from "../probe/host-facts.ts";
import { cleanCgroupPath, levels } from "./path.ts";
import type { AvailableControllers } from "./settings.ts";

/** The directories of one hierarchy, from the first to be made down to the container's own. */
export interface CgroupDirectories {
  readonly controllers: readonly string[];
  /** What lies above the first one; it exists. */
  readonly above: string;
  /** The last is the container's; never empty. */
  readonly directories: readonly string[];
  readonly own: string;
  /** Counted from the mount point by an absolute path. */
  readonly absolute: boolean;
}

export interface CgroupLayout {
  readonly v1: readonly CgroupDirectories[];
  readonly v2?: CgroupDirectories;
  readonly available: AvailableControllers;
}

/** What of a request decides where its cgroup lies. */
export interface LayoutRequest {
  readonly id: string;
  /** linux.cgroupsPath */
  readonly path: string | undefined;
  readonly facts: HostFacts;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Where the cgroups of containers lie whose configuration does not say: nobody else's are there. */
export const DEFAULT_CGROUP_PARENT = "/teu";

export function defaultCgroupPath(id: string): string {
  return `${DEFAULT_CGROUP_PARENT}/${id}`;
}

/**
 * An absolute path counts from the mount point. A relative one counts from the caller's own cgroup on v1; on v2, where a
 * cgroup with processes cannot hand controllers down, from that cgroup's parent. No path: `/teu/<id>`, without root
 * `teu/<id>` in what is delegated to the caller; and where nothing is, the layout is empty: the container stays where its
 * caller is, as with runc and crun.
 * @throws TeuError `invalid` for a path that is the root of the hierarchy itself
 */
export function cgroupLayout(request: LayoutRequest): CgroupLayout {
  const { cgroup, rootless } = request.facts;
  const given = request.path || undefined; // engines write "" for none
  if (cgroup.mode === "none" || (given === undefined && !cgroup.writable)) {
    const why = cgroup.mode === "none" ? "is not mounted on this host" : "is out of reach: this caller may not make cgroups";
    return { v1: [], available: { v1: NOTHING, v2: NOTHING, why } };
  }
  const path = cleanCgroupPath(given ?? (rootless ? defaultCgroupPath(request.id).slice(1) : defaultCgroupPath(request.id)));
  if (path === "" || path === "/") throw new TeuError("invalid", "linux.cgroupsPath: must name a cgroup below the root");

  const v1 = cgroup.v1.map((hierarchy) => v1Directories(hierarchy, path));
  const v2 = cgroup.v2 === undefined ? undefined : v2Directories(cgroup.v2, path, rootless);
  const available = {
    v1: new Set(v1.flatMap(({ controllers }) => controllers)),
    v2: new Set(v2?.controllers),
    why: rootless ? "is not delegated to this user" : "is not available on this host",
  };
  return { v1, ...(v2 === undefined ? {} : { v2 }), available };
}

function v1Directories(hierarchy: V1Hierarchy, path: string): CgroupDirectories {
  const above = path.startsWith("/") ? hierarchy.mountpoint : mountedPath(hierarchy, hierarchy.own);
  return directories(above, path, hierarchy.controllers);
}

function v2Directories(hierarchy: V2Hierarchy, path: string, rootless: boolean): CgroupDirectories {
  const { delegated, own, mountpoint } = hierarchy;
  if (path.startsWith("/")) return directories(mountpoint, path, hierarchy.controllers);
  const parent = own.slice(0, own.lastIndexOf("/")) || "/";
  const base = rootless ? delegated : undefined;
  return directories(mountedPath(hierarchy, base?.path ?? parent), path, base?.controllers ?? hierarchy.controllers);
}

function directories(above: string, path: string, controllers: readonly string[]): CgroupDirectories {
  const found = levels(above, path);
  return { above, directories: found, own: found.at(-1) ?? above, absolute: path.startsWith("/"), controllers };
}
