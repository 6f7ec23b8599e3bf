// The mounts of a container as ops: runtime-spec 1.3 config.md, "Mounts". They are made in the order listed. Each one is
// detached until it is complete, and attached to a target that was opened inside the container's root and is used by that
// descriptor (CVE-2021-30465), so nothing is ever seen half made or lands outside.
import { InvalidInputError } from "../../base/errors.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { bindMount, remount } from "./bind.ts";
import { cgroupMount } from "./cgroup.ts";
import type { MountContext, MountEntry, MountOps, MountSink } from "./context.ts";
import { mountProblems, mountWarnings, readMount } from "./entry.ts";
import { filesystemMount } from "./filesystem.ts";
import { idmapUserNamespaceOps } from "./idmap.ts";

/**
 * The ops of all mounts of a configuration.
 * @throws InvalidInputError with everything that is wrong with them, each problem naming its field.
 */
export function mountOps(mounts: readonly Mount[], context: MountContext): MountOps {
  const entries = mounts.map(readMount);
  const problems = mountProblems(entries, context);
  if (problems.length > 0) throw new InvalidInputError("the configuration", problems);
  const sink: MountSink = { host: idmapUserNamespaceOps(entries, context), child: [], late: [] };
  for (const entry of entries) addMount(entry, context, sink);
  return { ...sink, warnings: mountWarnings(entries) };
}

function addMount(entry: MountEntry, context: MountContext, sink: MountSink): void {
  if (entry.options.remount) remount(entry, context, sink);
  else if (entry.options.bind) bindMount(entry, context, sink);
  else if (entry.mount.type === "cgroup" || entry.mount.type === "cgroup2") cgroupMount(entry, context, sink);
  else filesystemMount(entry, context, sink);
}
