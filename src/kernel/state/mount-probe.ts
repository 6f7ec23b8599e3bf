// What the plan of a container must know of the mounts around its root file system and the directories in it, looked up beforehand.
import { readFileSync, realpathSync } from "node:fs";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { CreateRequest } from "../compile/request.ts";
import { mountPointOf } from "../rootfs/mount-point.ts";
import type { HostLook } from "./host-look.ts";

/** Looks at the mounts of this process and at the root file system; only where the configuration makes a difference. */
export function probeMounts(
  config: RuntimeConfig,
  { rootfs, look }: { readonly rootfs: string; readonly look: HostLook },
): Pick<CreateRequest, "parentMount" | "targetMode"> {
  const shared = config.linux?.rootfsPropagation?.endsWith("shared") === true;
  return {
    parentMount: shared ? mountPointOf(realpathSync(rootfs), readFileSync("/proc/self/mountinfo", "utf8")) : "/",
    targetMode: (destination) => look.targetMode(rootfs, destination) ?? undefined,
  };
}
