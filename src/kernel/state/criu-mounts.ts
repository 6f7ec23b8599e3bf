// Mounts that show something of the host, which criu calls external (criu(8), --external): it saves a name for each, and restore says what
// is to be mounted there. All other mounts it makes anew by itself.
import { resolve } from "node:path";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { readMount } from "../mounts/entry.ts";

export interface ExternalMount {
  /** Mount point in the container, which is also the mount's name in the images. */
  readonly point: string;
  /** Absolute path on the host. */
  readonly source: string;
}

export interface MountSources {
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Text of the container's mountinfo, which alone tells whether a masked path is there and a file; undefined for all that may be. */
  readonly mountinfo?: string;
}

/** Where the null device lies that hides files (maskOps). */
export const NULL_DEVICE = "/dev/null";

/** Per-mount options (proc_pid_mountinfo(5), field 6) that hold a container back. */
const RESTRAINTS: readonly string[] = ["ro", "nosuid", "nodev", "noexec"];

/** The external mounts of a configuration: binds, and files that are masked. */
export function externalMounts(config: RuntimeConfig, { bundle, mountinfo }: MountSources): ExternalMount[] {
  const binds = (config.mounts ?? []).flatMap((mount, index) => {
    const { destination, options } = readMount(mount, index);
    if (options.bind === undefined || options.remount) return [];
    return [{ point: destination, source: resolve(bundle, mount.source ?? "") }];
  });
  const masks = new Set(config.linux?.maskedPaths);
  const hidden = [...masks].filter((path) => mountinfo === undefined || isNullDevice(path, mountinfo));
  return [...binds, ...hidden.map((point) => ({ point, source: NULL_DEVICE }))];
}

/** Whether a bind of the null device is what covers the path: its root in mountinfo is the node's name in devtmpfs. */
function isNullDevice(path: string, mountinfo: string): boolean {
  return mountinfo.split("\n").some((line) => {
    const [, , , root = "", point] = line.split(" ");
    return point === path && root.endsWith("/null");
  });
}

/** The words for `criu dump`. */
export function dumpMounts(mounts: readonly ExternalMount[]): string[] {
  return mounts.flatMap(({ point }) => ["--external", `mnt[${point}]:${point}`]);
}

/** The words for `criu restore`. A name that the images do not have is no error. */
export function restoreMounts(mounts: readonly ExternalMount[]): string[] {
  return mounts.flatMap(({ point, source }) => ["--external", `mnt[${point}]:${source}`]);
}

/**
 * Mount points that would lose a restraint at a restore (lostRestraints says why): binds that hold the container back and show what another shows.
 * Masks are not among them, as restore binds them from a null device that has their flags.
 */
export function unrestorable(mounts: readonly ExternalMount[], mountinfo: string): string[] {
  const points = new Set(mounts.filter(({ source }) => source !== NULL_DEVICE).map(({ point }) => point));
  const binds = mountinfo.split("\n").flatMap((line) => {
    const [, , device, root, point, options] = line.split(" ");
    if (point === undefined || options === undefined || !points.has(point)) return [];
    return [{ shown: `${device} ${root}`, point, restrained: options.split(",").some((name) => RESTRAINTS.includes(name)) }];
  });
  const shared = binds.filter((bind) => bind.restrained && binds.some((other) => other !== bind && other.shown === bind.shown));
  return shared.map(({ point }) => point);
}

/**
 * Mount points that have lost a restraint, with it: criu takes a mount that shows the same as another for its bind, and then for one that has
 * its flags from there, which an external mount has not.
 * @param before text of the container's mountinfo at the checkpoint
 * @param after the same of the restored container
 */
export function lostRestraints(before: string, after: string): string[] {
  const restored = new Map(mountOptions(after));
  return mountOptions(before).flatMap(([point, options]) => {
    const lost = RESTRAINTS.filter((name) => options.has(name) && restored.get(point)?.has(name) !== true);
    return lost.length === 0 ? [] : [`${point} (${lost.join(",")})`];
  });
}

/** Mount points with their options; of mounts on one another the last, which is the one in sight. */
function mountOptions(mountinfo: string): [point: string, options: ReadonlySet<string>][] {
  const mounts = mountinfo.split("\n").flatMap((line): [string, ReadonlySet<string>][] => {
    const [, , , , point, options] = line.split(" ");
    return point === undefined || options === undefined ? [] : [[point, new Set(options.split(","))]];
  });
  return [...new Map(mounts)];
}
