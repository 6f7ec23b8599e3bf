// What cgroups this host offers: pure parsers of /proc/self/mountinfo (proc_pid_mountinfo(5)), /proc/self/cgroup and
// cgroup.controllers (cgroups(7)). cgroup-read.ts reads the files.
import type { CgroupFacts, CgroupMode, V1Hierarchy, V2Hierarchy } from "./host-facts.ts";

/** The texts and answers that the facts are made of. */
export interface CgroupSources {
  readonly mountinfo: string;
  /** /proc/self/cgroup */
  readonly own: string;
  /** Text of a file of the v2 tree, or undefined where it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** access(2) with W_OK, by effective ids where it matters: whether the caller may write there. */
  readonly writable: (path: string) => boolean;
  /** systemd is PID 1 (sd_booted(3)). */
  readonly systemd: boolean;
  /** Whether the caller is root in the initial user namespace, as far as cgroups go: no delegation is looked for. */
  readonly root: boolean;
}

interface CgroupMount {
  readonly mountpoint: string;
  readonly root: string;
  readonly type: "cgroup" | "cgroup2";
  /** Superblock options: the controllers and `name=` of a v1 hierarchy stand among them. */
  readonly options: readonly string[];
}

const OCTAL = /\\([0-7]{3})/g;

/** Paths in mountinfo carry blank, tab, newline and backslash as three octal digits. */
function unescapePath(path: string): string {
  return path.includes("\\") ? path.replace(OCTAL, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))) : path;
}

const MARK = " - cgroup";

/** The cgroup mounts of a mountinfo text, in its order. The other lines, thousands on some hosts, are not looked at. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts: CgroupMount[] = [];
  for (let dash = mountinfo.indexOf(MARK); dash >= 0; dash = mountinfo.indexOf(MARK, dash + MARK.length)) {
    const start = mountinfo.lastIndexOf("\n", dash) + 1;
    const end = mountinfo.indexOf("\n", dash);
    const [, , , root, mountpoint] = mountinfo.slice(start, dash).split(" ");
    const [type, , options = ""] = mountinfo.slice(dash + 3, end < 0 ? undefined : end).split(" ");
    if (root === undefined || mountpoint === undefined || (type !== "cgroup" && type !== "cgroup2")) continue;
    mounts.push({ mountpoint: unescapePath(mountpoint), root: unescapePath(root), type, options: options.split(",") });
  }
  return mounts;
}

/** /proc/self/cgroup as controller → path; `""` for v2, `name=systemd` for a named hierarchy. */
export function parseOwnCgroups(text: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split("\n")) {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    if (first < 0 || second < 0) continue;
    for (const controller of line.slice(first + 1, second).split(",")) own.set(controller, line.slice(second + 1));
  }
  return own;
}

/** A `cgroup.controllers` text as a list. */
export function parseControllers(text: string | undefined): string[] {
  const line = text?.trim() ?? "";
  return line === "" ? [] : line.split(" ");
}

/**
 * The facts about cgroups. Of several mounts of one hierarchy the first counts: later ones are binds, such as those
 * below a container's root file system.
 */
export function probeCgroups(sources: CgroupSources): CgroupFacts {
  const own = parseOwnCgroups(sources.own);
  const v1: V1Hierarchy[] = [];
  let v2: V2Hierarchy | undefined;
  const seen = new Set<string>();
  for (const mount of parseCgroupMounts(sources.mountinfo)) {
    if (mount.type === "cgroup2") {
      v2 ??= v2Hierarchy(mount, own.get("") ?? "/", sources);
      continue;
    }
    // Only words that /proc/self/cgroup knows are controllers: the rest are options such as `rw` or `xattr`.
    const controllers = mount.options.filter((option) => own.has(option) && option !== "");
    const [first] = controllers;
    if (first === undefined || seen.has(first)) continue;
    for (const controller of controllers) seen.add(controller);
    v1.push({ controllers, mountpoint: mount.mountpoint, root: mount.root, own: own.get(first) ?? "/" });
  }
  const mode: CgroupMode = v1.length === 0 ? (v2 === undefined ? "none" : "v2") : v2 === undefined ? "v1" : "hybrid";
  const top = v1.find((hierarchy) => hierarchy.controllers.includes("memory")) ?? v1[0];
  const writable = mode === "v2" && !sources.root ? v2?.delegated !== undefined : sources.writable((top ?? v2)?.mountpoint ?? "");
  return { mode, v1, ...(v2 === undefined ? {} : { v2 }), systemd: sources.systemd, writable: mode !== "none" && writable };
}

function v2Hierarchy(mount: CgroupMount, own: string, sources: CgroupSources): V2Hierarchy {
  const hierarchy: V2Hierarchy = {
    mountpoint: mount.mountpoint,
    root: mount.root,
    own,
    controllers: parseControllers(sources.read(`${mount.mountpoint}/cgroup.controllers`)),
  };
  if (sources.root) return hierarchy;
  const delegated = findDelegated(hierarchy, sources);
  return delegated === undefined ? hierarchy : { ...hierarchy, delegated };
}

/**
 * Moving a process needs write access to cgroup.procs of the common ancestor of where it was and where it goes
 * (cgroup-v2.rst, "Delegation Containment"), so only the caller's own cgroup and its parent are candidates.
 */
function findDelegated(hierarchy: V2Hierarchy, sources: CgroupSources): V2Hierarchy["delegated"] {
  const parent = hierarchy.own.slice(0, hierarchy.own.lastIndexOf("/")) || "/";
  for (const path of new Set([parent, hierarchy.own])) {
    const directory = mountedPath(hierarchy, path);
    if (!sources.writable(directory) || !sources.writable(`${directory}/cgroup.procs`)) continue;
    const controllers = path === hierarchy.own ? [] : parseControllers(sources.read(`${directory}/cgroup.controllers`));
    return { path, controllers };
  }
  return undefined;
}

/** Where a cgroup of a hierarchy is seen on this host; one outside of what the mount shows is taken for the mount's root. */
export function mountedPath(hierarchy: { readonly mountpoint: string; readonly root: string }, path: string): string {
  const { mountpoint, root } = hierarchy;
  if (root === "/") return path === "/" ? mountpoint : mountpoint + path;
  return path.startsWith(`${root}/`) ? mountpoint + path.slice(root.length) : mountpoint;
}
