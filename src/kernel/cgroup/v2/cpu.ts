// linux.resources.cpu, but for cpus and mems, on cgroup v2 (config-linux.md "CPU"; kernel cgroup-v2.rst "CPU").
import { asked, type CgroupWrite, type ControllerWrites } from "../write.ts";

const FIELD = "linux.resources.cpu";

/** Shares become a weight; quota and period share the file cpu.max. */
export const cpu: ControllerWrites = ({ cpu }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (cpu === undefined) return writes;
  const write = (field: string, file: string, data: string) => writes.push({ controller: "cpu", file, data, from: `${FIELD}.${field}` });

  if (asked(cpu.burst) && asked(cpu.quota) && cpu.quota > 0 && cpu.burst > cpu.quota)
    refuse("invalid", `${FIELD}.burst`, "must not be more than quota");
  if (cpu.idle !== undefined) write("idle", "cpu.idle", String(cpu.idle));
  // An idle group has a weight of its own and refuses another (kernel/sched/fair.c, sched_group_set_shares).
  if (asked(cpu.shares) && !asked(cpu.idle)) write("shares", "cpu.weight", String(weightOfShares(cpu.shares)));
  const quota = asked(cpu.quota) && cpu.quota > 0 ? String(cpu.quota) : "max";
  if (asked(cpu.period)) write(asked(cpu.quota) ? "quota" : "period", "cpu.max", `${quota} ${cpu.period}`);
  else if (asked(cpu.quota)) write("quota", "cpu.max", quota);
  if (cpu.burst !== undefined) write("burst", "cpu.max.burst", String(cpu.burst));
  for (const field of ["realtimePeriod", "realtimeRuntime"] as const) {
    if (asked(cpu[field])) refuse("unsupported", `${FIELD}.${field}`, "cgroup v2 does not control realtime processes");
  }
  return writes;
};

/**
 * cpu.weight (1 to 10000, 100 by default) for cpu.shares (2 to 262144, 1024 by default). The quadratic in log2 that meets
 * all three pairs, as runc 1.3, crun 1.23 and Kubernetes use since 2025; the linear map before it made 1024 a weight of 39.
 */
export function weightOfShares(shares: number | bigint): number {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const l = Math.log2(Number(shares));
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}
