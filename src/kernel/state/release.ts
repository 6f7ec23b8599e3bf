// Gives a container's cgroups back. After a run they are empty as a rule, so one rmdir(2) each is all; only when one resists are the
// means loaded to find out why, which keeps them off the way of `run`.
import { rmdirSync } from "node:fs";

/**
 * Removes the cgroups; processes that are left in them, as those of a container without a pid namespace may be, are killed first.
 * @throws TeuError `unavailable` when one does not end; KernelError for a directory that stays
 */
export async function releaseCgroups(cgroups: Readonly<Record<string, string>>): Promise<void> {
  const busy = [...new Set(Object.values(cgroups))].filter((directory) => !removeEmpty(directory));
  if (busy.length === 0) return;
  const [{ killAll }, { removeCgroups }] = await Promise.all([import("../cgroup/control/kill.ts"), import("../cgroup/control/remove.ts")]);
  killAll(cgroups);
  removeCgroups(cgroups);
}

function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}
