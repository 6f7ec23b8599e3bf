// linux.resources.memory on cgroup v1 (config-linux.md "Memory"; kernel cgroup-v1/memory.rst).
import { asked, type CgroupWrite, type ControllerWrites, isDouble } from "../write.ts";

const FIELD = "linux.resources.memory";
const MEMSW = "memory.memsw.limit_in_bytes";

/**
 * The kernel keeps limit <= memsw limit at every moment. In a new cgroup both are unlimited, so the limit goes first.
 * `kernel` is not written: kmem.limit_in_bytes broke containers on kernels that had it and has no effect since 5.16.
 * `useHierarchy` is not written: hierarchical accounting is the only kind since 5.11.
 */
export const memory: ControllerWrites = ({ memory }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (memory === undefined) return writes;
  const write = (field: string, file: string, data: number | bigint, more?: Pick<CgroupWrite, "tolerate">) =>
    writes.push({ controller: "memory", file, data: String(data), from: `${FIELD}.${field}`, ...more });

  const { limit, swap, reservation, kernelTCP, swappiness } = memory;
  if (asked(limit)) write("limit", "memory.limit_in_bytes", limit);
  if (asked(swap)) {
    if (swap > 0 && asked(limit) && limit > 0 && swap < limit)
      refuse("invalid", `${FIELD}.swap`, "is memory and swap together, so it must not be less than limit");
    write("swap", MEMSW, swap, isDouble(swap, limit) ? { tolerate: ["ENOENT"] } : undefined);
  }
  // Unlimited memory means unlimited memory and swap; without swap accounting there is no such file.
  else if (asked(limit) && limit < 0) write("limit", MEMSW, -1, { tolerate: ["ENOENT"] });
  if (asked(reservation)) write("reservation", "memory.soft_limit_in_bytes", reservation);
  if (asked(kernelTCP)) write("kernelTCP", "memory.kmem.tcp.limit_in_bytes", kernelTCP);
  if (swappiness !== undefined && swappiness >= 0) {
    if (swappiness > 100) refuse("invalid", `${FIELD}.swappiness`, "must be 0 to 100");
    write("swappiness", "memory.swappiness", swappiness);
  }
  if (memory.disableOOMKiller) write("disableOOMKiller", "memory.oom_control", 1);
  return writes;
};
