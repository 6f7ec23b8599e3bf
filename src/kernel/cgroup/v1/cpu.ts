// linux.resources.cpu, but for cpus and mems, on cgroup v1 (config-linux.md "CPU"; kernel scheduler/sched-bwc.rst).
import { asked, type CgroupWrite, type ControllerWrites } from "../write.ts";

const FIELD = "linux.resources.cpu";

/**
 * In a new cgroup the quota is unlimited, and any period goes with that; burst must not exceed the quota, so it comes last.
 * Realtime: the period first, since the runtime must fit into it.
 */
export const cpu: ControllerWrites = ({ cpu }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (cpu === undefined) return writes;
  const write = (field: string, file: string, data: number | bigint) =>
    writes.push({ controller: "cpu", file, data: String(data), from: `${FIELD}.${field}` });

  if (asked(cpu.burst) && asked(cpu.quota) && cpu.quota > 0 && cpu.burst > cpu.quota)
    refuse("invalid", `${FIELD}.burst`, "must not be more than quota");
  // An idle group has a weight of its own and refuses another (kernel/sched/fair.c, sched_group_set_shares).
  if (asked(cpu.shares) && !asked(cpu.idle)) write("shares", "cpu.shares", cpu.shares);
  if (asked(cpu.period)) write("period", "cpu.cfs_period_us", cpu.period);
  if (asked(cpu.quota)) write("quota", "cpu.cfs_quota_us", cpu.quota < 0 ? -1 : cpu.quota);
  if (cpu.burst !== undefined) write("burst", "cpu.cfs_burst_us", cpu.burst);
  if (cpu.idle !== undefined) write("idle", "cpu.idle", cpu.idle);
  if (asked(cpu.realtimePeriod)) write("realtimePeriod", "cpu.rt_period_us", cpu.realtimePeriod);
  if (asked(cpu.realtimeRuntime)) write("realtimeRuntime", "cpu.rt_runtime_us", cpu.realtimeRuntime);
  return writes;
};
