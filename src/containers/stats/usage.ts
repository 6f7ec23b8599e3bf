// Two samples → what `stats` shows, by docker's arithmetic. Pure.
import type { Sample } from "./sample.ts";

export interface Usage {
  /** Of one CPU: a container that keeps two busy has 200. */
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
}

/** Of a container that does not run. */
export const NO_USAGE: Usage = {
  cpuPercent: 0,
  memory: 0,
  memoryLimit: 0,
  memoryPercent: 0,
  received: 0,
  sent: 0,
  read: 0,
  written: 0,
  pids: 0,
};

/** What is counted by no counter is 0, as in docker. */
export function usageOf(before: Sample | undefined, now: Sample): Usage {
  const memory = Number(now.memory ?? 0n);
  const memoryLimit = Number(now.memoryLimit);
  return {
    cpuPercent: before === undefined ? 0 : cpuPercent(before, now),
    memory,
    memoryLimit,
    memoryPercent: memoryLimit === 0 ? 0 : (memory / memoryLimit) * 100,
    received: Number(now.network?.received ?? 0n),
    sent: Number(now.network?.sent ?? 0n),
    read: Number(now.block?.read ?? 0n),
    written: Number(now.block?.written ?? 0n),
    pids: Number(now.pids ?? 0n),
  };
}

/** Its share of the time of all CPUs. Counters that have gone back are those of another run. */
function cpuPercent(before: Sample, now: Sample): number {
  const own = Number((now.cpu ?? 0n) - (before.cpu ?? 0n));
  const all = Number(now.host.cpu - before.host.cpu);
  return own <= 0 || all <= 0 ? 0 : (own / all) * now.host.cpus * 100;
}
