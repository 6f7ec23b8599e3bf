// How `exec` puts a process into a running container's cgroups, by the directories that `create` recorded. Pure.

import type { Op, Register, Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { joinOp, openDirectory } from "./ops.ts";

export interface CgroupJoin {
  /** Before clone: opens the v2 directory. */
  readonly before: readonly Op[];
  /** For `clone`, as in CgroupPlan. */
  readonly into?: Register;
  /** After clone, with the process still waiting. */
  after(pid: Register): readonly Op[];
}

/** The directories of `paths`, each once: co-mounted controllers share theirs. */
export function distinctDirectories(paths: Readonly<Record<string, string>>): string[] {
  return [...new Set(Object.values(paths))];
}

/**
 * Plans the way in. `paths.unified` should be where the container's first process is now (control/processes.ts,
 * execPaths): a container that divided its own v2 cgroup has no room for processes at the top.
 */
export function planCgroupJoin(
  paths: Readonly<Record<string, string>>,
  { registers, arch }: { readonly registers: Registers; readonly arch: HostFacts["arch"] },
): CgroupJoin {
  const { unified, ...v1 } = paths;
  const after = (pid: Register) => distinctDirectories(v1).map((directory) => joinOp(directory, pid));
  if (unified === undefined) return { before: [], after };
  const into = registers.named("cgroup");
  return { before: [openDirectory(unified, { arch, out: into })], into, after };
}
