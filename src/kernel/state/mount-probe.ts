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
    // A link in the image may lead this look-up out of it: it then gives the tmpfs another directory's mode, and nothing more.
    targetMode: (destination) => {
      const stats = lstatSync(join(rootfs, destination), { throwIfNoEntry: false });
      return stats?.isDirectory() ? stats.mode & 0o7777 : undefined;
    },
  };
}
