// What the plan of a container must know of the mounts and devices around its root file system, and of the directories in it, looked up
// beforehand.
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { CreateRequest } from "../compile/request.ts";
import type { HostNode } from "../devices/nodes.ts";
import { fullProcMounts, mountPointOf } from "../rootfs/mount-point.ts";
import type { HostLook } from "./host-look.ts";

export interface MountProbe {
  /** Absolute path of the root file system. */
  readonly rootfs: string;
  readonly noPivot: boolean;
  readonly look: HostLook;
}

/** Looks at the mounts of this process and at the root file system; only where the configuration makes a difference. */
export function probeMounts(
  config: RuntimeConfig,
  { rootfs, noPivot, look }: MountProbe,
): Pick<CreateRequest, "parentMount" | "targetMode" | "procMounts" | "hostNode" | "devIsHosts"> {
  const shared = config.linux?.rootfsPropagation?.endsWith("shared") === true;
  const mountinfo = shared || noPivot ? readFileSync("/proc/self/mountinfo", "utf8") : "";
  return {
    parentMount: shared ? mountPointOf(realpathSync(rootfs), mountinfo) : "/",
    ...(noPivot ? { procMounts: fullProcMounts(realpathSync(rootfs), mountinfo) } : {}),
    hostNode,
    devIsHosts: !hasMountOnDev(config) && isHostsDev(join(rootfs, "dev")),
    targetMode: (destination) => look.targetMode(rootfs, destination) ?? undefined,
  };
}

/** The container's path where the host has one of that name, which the plan checks; else the node that the kernel names (sysfs(5), uevent). */
const hostNode: HostNode = ({ path, type, major, minor }) => {
  if (existsSync(path)) return path;
  try {
    const event = readFileSync(`/sys/dev/${type === "b" ? "block" : "char"}/${major}:${minor}/uevent`, "utf8");
    const name = /^DEVNAME=(.+)$/m.exec(event)?.[1];
    return name === undefined ? undefined : posix.join("/dev", name);
  } catch {
    return undefined; // no such device, or no sysfs to ask
  }
};

function hasMountOnDev({ mounts = [] }: RuntimeConfig): boolean {
  return mounts.some(({ destination }) => posix.normalize(`/${destination}/`) === "/dev/");
}

/** The same directory of the same file system: the host's root as root file system, or its /dev mounted in one. */
function isHostsDev(path: string): boolean {
  const [there, hosts] = [path, "/dev"].map((directory) => statSync(directory, { throwIfNoEntry: false }));
  return there !== undefined && hosts !== undefined && there.dev === hosts.dev && there.ino === hosts.ino;
}
