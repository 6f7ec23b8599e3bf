// Flags about how much of the machine a container gets: those of `update` too.
import { parseSize } from "../../../base/units.ts";
import type { CpuResources, MemoryResources, Resources } from "../../../spec/runtime/config.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { type IntegerRange, readInteger } from "./values.ts";

/** What can be changed while the container runs. */
// biome-ignore format: table
export const RESOURCE_FLAGS = {
  "blkio-weight":       { type: "string", value: "N", summary: "Weight of its block I/O beside others' (10 to 1000)" },
  "cpu-period":         { type: "string", value: "MICROSECONDS", summary: "Period that --cpu-quota counts in (1000 to 1000000)" },
  "cpu-quota":          { type: "string", value: "MICROSECONDS", summary: "CPU time in each period" },
  "cpu-rt-period":      { type: "string", value: "MICROSECONDS", summary: "Period of real-time scheduling" },
  "cpu-rt-runtime":     { type: "string", value: "MICROSECONDS", summary: "Real-time CPU time in each such period" },
  "cpu-shares":         { type: "string", short: "c", value: "N", summary: "Weight of its CPU time beside others' (1024)" },
  cpus:                 { type: "string", value: "N", summary: "CPU time, in CPUs (1.5)" },
  "cpuset-cpus":        { type: "string", value: "LIST", summary: "CPUs to run on (0-3,7)" },
  "cpuset-mems":        { type: "string", value: "LIST", summary: "Memory nodes to use (0-3,7)" },
  memory:               { type: "string", short: "m", value: "SIZE", summary: "Memory limit (64m, 1g)" },
  "memory-reservation": { type: "string", value: "SIZE", summary: "Memory that it is left when the machine has little" },
  "memory-swap":        { type: "string", value: "SIZE", summary: "Limit of memory and swap together; -1 is no limit" },
  "pids-limit":         { type: "string", value: "N", summary: "Most processes; -1 is no limit" },
} as const satisfies Flags;

/** What is said only when it is made. */
// biome-ignore format: table
export const CREATE_RESOURCE_FLAGS = {
  "memory-swappiness":  { type: "string", value: "N", summary: "How gladly its memory is swapped out (0 to 100); cgroup v1 alone" },
  "oom-kill-disable":   { type: "boolean", summary: "Let it wait for memory instead of killing it; cgroup v1 alone" },
} as const satisfies Flags;

export type ResourceValues = FlagValues<typeof RESOURCE_FLAGS & typeof CREATE_RESOURCE_FLAGS>;

/**
 * The limits that the flags set; 0 is docker's way to say that there is none.
 * @param current those that the container has, where it is there: what the flags say must go with them
 */
export function resourcesOf(flags: ResourceValues, problems: Problems, current?: Resources): Resources {
  const memory = withSwap(memoryOf(flags, problems, current?.memory), { isNew: current === undefined });
  const cpu = cpuOf(flags, problems);
  const pids = readInteger("--pids-limit", flags["pids-limit"], { min: -1, max: 999_999_999 }, problems);
  const weight = readInteger("--blkio-weight", flags["blkio-weight"], { min: 10, max: 1000, none: 0 }, problems);
  return {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined || pids === 0 ? {} : { pids: { limit: pids } }),
    ...(weight === undefined || weight === 0 ? {} : { blockIO: { weight } }),
  };
}

/** docker's: with less a container is as likely as not killed before its program runs. */
const LEAST_MEMORY = 6 * 1024 ** 2;

/** memory.memsw.limit_in_bytes and memory.swap.max know no limit by -1, docker's --memory-swap too. */
const UNLIMITED = "-1";

function memoryOf(flags: ResourceValues, problems: Problems, current: MemoryResources = {}): MemoryResources {
  const size = (flag: "--memory" | "--memory-swap" | "--memory-reservation", text: string | undefined) => {
    const bytes = text === undefined ? undefined : problems.take(flag, () => parseSize(text));
    return bytes === 0 ? undefined : bytes;
  };
  const limit = size("--memory", flags.memory);
  const reservation = size("--memory-reservation", flags["memory-reservation"]);
  const swap = flags["memory-swap"] === UNLIMITED ? -1 : size("--memory-swap", flags["memory-swap"]);
  const swappiness = readInteger("--memory-swappiness", flags["memory-swappiness"], { min: 0, max: 100, none: -1 }, problems);
  if (limit !== undefined && limit < LEAST_MEMORY) problems.refuse("--memory", `${flags.memory} is less than a container needs, 6m`);
  const most = limit ?? current.limit;
  if (swap !== undefined && swap > 0 && most === undefined) problems.refuse("--memory-swap", "goes with --memory: it limits both together");
  if (swap !== undefined && swap > 0 && most !== undefined && swap < most)
    problems.refuse("--memory-swap", `${flags["memory-swap"]} is less than the memory limit, which it includes`);
  const held = swap ?? current.swap;
  if (flags["memory-swap"] === undefined && limit !== undefined && held !== undefined && held > 0 && limit > held)
    problems.refuse("--memory", `${flags.memory} is more than the limit of memory and swap together: set --memory-swap at the same time`);
  if (reservation !== undefined && most !== undefined && reservation > most)
    problems.refuse("--memory-reservation", `${flags["memory-reservation"]} is more than the memory limit`);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(swap === undefined ? {} : { swap }),
    ...(swappiness === undefined || swappiness < 0 ? {} : { swappiness }),
    ...(flags["oom-kill-disable"] === true ? { disableOOMKiller: true } : {}),
  };
}

/** docker's: a new container that has a limit of memory, and none of both, may swap as much again. */
function withSwap(memory: MemoryResources, { isNew }: { readonly isNew: boolean }): MemoryResources {
  const { limit, swap } = memory;
  return isNew && limit !== undefined && swap === undefined ? { ...memory, swap: 2 * Number(limit) } : memory;
}

/** CFS period that docker's --cpus counts in: microseconds. */
const CPU_PERIOD = 100_000;
/** The kernel takes no quota below a millisecond (cpu.cfs_quota_us, cpu.max). */
const LEAST_QUOTA = 1000;
const LEAST_CPUS = LEAST_QUOTA / CPU_PERIOD;
const LONGEST_PERIOD = 1_000_000;
/** sched(7): a group has 2 shares at least, and 2^18 at most. */
const SHARES = { min: 2, max: 2 ** 18, none: 0 };

function cpuOf(flags: ResourceValues, problems: Problems): CpuResources {
  const number = (flag: "cpu-period" | "cpu-quota" | "cpu-rt-period" | "cpu-rt-runtime" | "cpu-shares", range: IntegerRange) => {
    const value = readInteger(`--${flag}`, flags[flag], range, problems);
    return value === 0 ? undefined : value;
  };
  const period = number("cpu-period", { min: LEAST_QUOTA, max: LONGEST_PERIOD, none: 0 });
  const quota = number("cpu-quota", { min: LEAST_QUOTA, max: Number.MAX_SAFE_INTEGER, none: [0, -1] });
  const realtimePeriod = number("cpu-rt-period", { min: 1, max: LONGEST_PERIOD, none: 0 });
  const realtimeRuntime = number("cpu-rt-runtime", { min: 1, max: LONGEST_PERIOD, none: 0 });
  const shares = number("cpu-shares", SHARES);
  if (realtimeRuntime !== undefined && realtimeRuntime > (realtimePeriod ?? LONGEST_PERIOD))
    problems.refuse("--cpu-rt-runtime", `${realtimeRuntime} is more than its period`);
  if (flags.cpus !== undefined && (period !== undefined || quota !== undefined))
    problems.refuse("--cpus", "conflicting options: it is a quota and a period, and does not go with --cpu-quota or --cpu-period");
  const cpus = listOf("--cpuset-cpus", flags["cpuset-cpus"], problems);
  const mems = listOf("--cpuset-mems", flags["cpuset-mems"], problems);
  return {
    ...quotaOf(flags.cpus, problems),
    ...(shares === undefined ? {} : { shares }),
    ...(period === undefined ? {} : { period }),
    ...(quota === undefined ? {} : { quota }),
    ...(realtimePeriod === undefined ? {} : { realtimePeriod }),
    ...(realtimeRuntime === undefined ? {} : { realtimeRuntime }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(mems === undefined ? {} : { mems }),
  };
}

function quotaOf(text: string | undefined, problems: Problems): Pick<CpuResources, "quota" | "period"> {
  const cpus = Number(text ?? 0);
  if (cpus === 0 && text !== "") return {};
  if (!(cpus >= LEAST_CPUS && Number.isFinite(cpus)))
    problems.refuse("--cpus", `${JSON.stringify(text)} is not a number of at least ${LEAST_CPUS}`);
  const most = navigator.hardwareConcurrency;
  if (cpus > most) problems.refuse("--cpus", `range of CPUs is from ${LEAST_CPUS} to ${most}.00, as there are only ${most} CPUs available`);
  return { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD };
}

function listOf(flag: string, text: string | undefined, problems: Problems): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) problems.refuse(flag, `${JSON.stringify(text)} is not a list such as 0-3,7`);
  return text;
}
