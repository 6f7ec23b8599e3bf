// How `exec` puts a process into a running container's cgroups, by the directories that `create` recorded. Pure.

import type { Op, Register, Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { enterOps, openDirectory, openTasks } from "./ops.ts";

export interface CgroupJoin {
  /** Before clone: opens the directories. */
  readonly before: readonly Op[];
  /** For `clone`, as in CgroupPlan. */
  readonly into?: Register;
  /** The first ops of the process itself. */
  readonly enter: readonly Op[];
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
  const directories = distinctDirectories(v1);
  const [before, enter] = [openTasks(directories, registers), enterOps(directories, registers)];
  if (unified === undefined) return { before, enter };
  const into = registers.named("cgroup");
  return { before: [...before, openDirectory(unified, { arch, out: into })], into, enter };
}
