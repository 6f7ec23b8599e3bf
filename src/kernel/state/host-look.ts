// Look-ups on the host that a plan depends on; handed to the compiler, so that it stays pure, and written down for the plan cache.
import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";

export type SourceKind = "directory" | "file" | "missing";

export interface HostLook {
  /** What lies at an absolute path. */
  sourceKind(path: string): SourceKind;
  /** Permission bits of a directory of the root file system; null when there is none. */
  targetMode(rootfs: string, destination: string): number | null;
}

export const HOST_LOOK: HostLook = {
  sourceKind(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? "missing" : stats.isDirectory() ? "directory" : "file";
  },
  targetMode: modeOf,
};

/**
 * Permission bits of a directory of the image. No link is followed: in the image it means another place than here. Somebody who swaps a
 * directory for one meanwhile gives the tmpfs another directory's mode, and nothing more.
 */
function modeOf(rootfs: string, destination: string): number | null {
  let path = rootfs;
  let mode: number | null = null;
  for (const part of destination.split("/").filter(Boolean)) {
    path = join(path, part);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats?.isDirectory()) return null;
    mode = stats.mode & 0o7777;
  }
  return mode;
}

/** Look-ups with what they gave. */
export interface Lookups {
  readonly sources: Readonly<Record<string, SourceKind>>;
  /** By destination in the root file system. */
  readonly modes: Readonly<Record<string, number | null>>;
}

/** Looks, and remembers. */
export function recordingLook(): { readonly look: HostLook; readonly lookups: Lookups } {
  const sources: Record<string, SourceKind> = {};
  const modes: Record<string, number | null> = {};
  const look: HostLook = {
    sourceKind(path) {
      sources[path] = HOST_LOOK.sourceKind(path);
      return sources[path];
    },
    targetMode(rootfs, destination) {
      const mode = HOST_LOOK.targetMode(rootfs, destination);
      modes[destination] = mode;
      return mode;
    },
  };
  return { look, lookups: { sources, modes } };
}

/** Whether all look-ups still give what they gave. */
export function stillHolds({ sources, modes }: Lookups, rootfs: string): boolean {
  return (
    Object.entries(sources).every(([path, kind]) => HOST_LOOK.sourceKind(path) === kind) &&
    Object.entries(modes).every(([destination, mode]) => HOST_LOOK.targetMode(rootfs, destination) === mode)
  );
}
