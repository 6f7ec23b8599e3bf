// Takes a container's cgroups into use and gives them back. As a rule nothing is there before, and after a run they are empty, so that one
// rmdir(2) each is all; only when it is otherwise are the means loaded to find out why, which keeps them off the way of `run`.
import { existsSync, rmdirSync } from "node:fs";
import { failedWith } from "../../base/file-errno.ts";
import type { ContainerRecord } from "./record.ts";

/**
 * Makes sure that a new container's cgroups are fit for it, where they are there already; systemd looks after its own.
 * @throws TeuError `conflict` when one holds processes, or is frozen
 */
export async function claimCgroups(record: Pick<ContainerRecord, "id" | "cgroups" | "unit">): Promise<void> {
  if (record.unit !== undefined || !Object.values(record.cgroups).some((directory) => existsSync(directory))) return;
  await (await import("./leftover-cgroups.ts")).makeFit(record);
}

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
    return failedWith(error, "ENOENT");
  }
}
