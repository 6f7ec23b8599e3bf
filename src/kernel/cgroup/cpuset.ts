// linux.resources.cpu.cpus and .mems, the same on cgroup v1 and v2 (config-linux.md "CPU"; cpuset(7)).
// On v1 the planner copies what is not asked for from the parent: a new v1 cpuset is empty, and nothing can run in it.
import type { CgroupWrite, ControllerWrites } from "./write.ts";

export const cpuset: ControllerWrites = ({ cpu }) => {
  const writes: CgroupWrite[] = [];
  for (const field of ["cpus", "mems"] as const) {
    const list = cpu?.[field];
    if (list) writes.push({ controller: "cpuset", file: `cpuset.${field}`, data: list, from: `linux.resources.cpu.${field}` });
  }
  return writes;
};
