// What the plan of a container must know of the mounts around its root file system and the directories in it, looked up beforehand.
import { lstatSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { CreateRequest } from "../compile/request.ts";
import { mountPointOf } from "../rootfs/mount-point.ts";

/** Looks at the mounts of this process and at the root file system; only where the configuration makes a difference. */
export function probeMounts(config: RuntimeConfig, rootfs: string): Pick<CreateRequest, "parentMount" | "targetMode"> {
  const shared = config.linux?.rootfsPropagation?.endsWith("shared") === true;
  return {
    parentMount: shared ? mountPointOf(realpathSync(rootfs), readFileSync("/proc/self/mountinfo", "utf8")) : "/",
    targetMode: (destination) => modeOf(rootfs, destination),
  };
}

/**
 * Permission bits of a directory of the image. No link is followed: in the image it means another place than here. Somebody who swaps a
 * directory for one meanwhile gives the tmpfs another directory's mode, and nothing more.
 */
function modeOf(rootfs: string, destination: string): number | undefined {
  let path = rootfs;
  let mode: number | undefined;
  for (const part of destination.split("/").filter(Boolean)) {
    path = join(path, part);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats?.isDirectory()) return undefined;
    mode = stats.mode & 0o7777;
  }
  return mode;
}
