// Cgroups that a container left whose state directory is gone: its launcher was killed, and /run was cleared or a root removed by hand. Only
// the place where containers go by default tells whose they are.
import { existsSync } from "node:fs";
import { assertFit, processes } from "../cgroup/control/processes.ts";
import { removeCgroups } from "../cgroup/control/remove.ts";
import { cgroupLayout, defaultCgroupPath } from "../cgroup/layout.ts";
import { cgroupPaths } from "../cgroup/plan.ts";
import type { RuntimeContext } from "./context.ts";
import type { ContainerRecord } from "./record.ts";

/**
 * Makes cgroups that are there fit for a new container. Those of a dead container of the same id are removed, with whatever limits they
 * have; a cgroup that the configuration names is its caller's, and stays.
 * @throws TeuError `conflict` when one holds processes, or is frozen
 */
export function makeFit({ id, cgroups }: Pick<ContainerRecord, "id" | "cgroups">): void {
  const byDefault = Object.values(cgroups).every((directory) => directory.endsWith(defaultCgroupPath(id)));
  if (byDefault && processes(cgroups).length === 0) removeCgroups(cgroups);
  else assertFit(cgroups);
}

/** Removes what a container of this id may have left, though nothing is known of it. One with processes is another root's: it stays, with a warning. */
export function removeLeftovers(context: RuntimeContext, id: string): void {
  const cgroups = cgroupPaths(cgroupLayout({ id, path: undefined, facts: context.facts() }));
  const there = Object.fromEntries(Object.entries(cgroups).filter(([, directory]) => existsSync(directory)));
  if (Object.keys(there).length === 0) return;
  const [pid] = processes(there);
  if (pid === undefined) removeCgroups(there);
  else context.warn(`delete container ${id}: process ${pid} is in its cgroup: it is left to the root that the container belongs to`);
}
