// Which files of a v2 cgroup may be given to its user (config-linux.md "Cgroup ownership"; cgroups(7), "delegate").
import { readText } from "./files.ts";

/** The kernel's list; where it is not told (before 4.15), the one that the specification gives. */
export function readDelegateFiles(): string[] {
  const lines = readText("/sys/kernel/cgroup/delegate")
    ?.split("\n")
    .filter((line) => line !== "");
  return lines ?? ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
}
