// What a container has used up to a moment, read from the kernel: the sum of counters that `stats` shows the growth of.
import { readFileSync } from "node:fs";
import { UNLIMITED } from "../../kernel/cgroup/control/counters.ts";
import type { CgroupPaths } from "../../kernel/cgroup/control/files.ts";
import { readStats } from "../../kernel/cgroup/control/stats.ts";
import type { BlkioEntry, CgroupStats, MemoryStats } from "../../kernel/cgroup/control/stats-shape.ts";
import { type HostSample, parseMemoryTotal, parseNetwork, type Traffic } from "./host-sample.ts";

export interface Sample {
  /** Nanoseconds of CPU time. */
  readonly cpu: bigint | undefined;
  readonly host: HostSample;
  /** Bytes, without what the kernel can drop at once: docker's notion. */
  readonly memory: bigint | undefined;
  /** Bytes; the host's memory where the container has no limit. */
  readonly memoryLimit: bigint;
  /** Tasks: threads count. */
  readonly pids: bigint | undefined;
  /** Bytes read from and written to devices. */
  readonly block: { readonly read: bigint; readonly written: bigint } | undefined;
  /** Bytes over all interfaces but the loopback; undefined where the network is not the container's own. */
  readonly network: Traffic | undefined;
}

export interface SampleSource {
  readonly cgroups: CgroupPaths;
  /** Its first process. */
  readonly pid: number;
  /** It has interfaces of its own. */
  readonly ownNetwork: boolean;
  readonly host: HostSample;
}

/** Reads the counters of a container that has cgroups. */
export function readSample({ cgroups, pid, ownNetwork, host }: SampleSource): Sample {
  const stats = readStats(cgroups);
  return {
    cpu: stats.cpu.usage.total,
    host,
    memory: workingSet(stats.memory),
    memoryLimit: memoryLimit(stats.memory, hostMemory()),
    pids: stats.pids.current,
    block: blockOf(stats),
    network: ownNetwork ? readNetwork(pid) : undefined,
  };
}

/** docker's: the page cache that nobody has used lately is not counted. v1 tells it of the whole tree by another name. */
function workingSet({ usage, raw }: MemoryStats): bigint | undefined {
  if (usage?.usage === undefined) return undefined;
  const inactive = raw?.total_inactive_file ?? raw?.inactive_file ?? 0n;
  return inactive < usage.usage ? usage.usage - inactive : usage.usage;
}

function memoryLimit({ usage }: MemoryStats, total: bigint): bigint {
  const limit = usage?.limit ?? UNLIMITED;
  return limit > 0n && limit < total ? limit : total;
}

function blockOf({ blkio: { ioServiceBytesRecursive: entries } }: CgroupStats): Sample["block"] {
  if (entries === undefined) return undefined;
  const sum = (wanted: string) =>
    entries.reduce((all, { op, value }: BlkioEntry) => (op?.toLowerCase() === wanted ? all + value : all), 0n);
  return { read: sum("read"), written: sum("write") };
}

export function hostMemory(): bigint {
  return parseMemoryTotal(readFileSync("/proc/meminfo", "latin1"));
}

/** The counters of the network namespace of a process; undefined when it has ended. */
export function readNetwork(pid: number): Traffic | undefined {
  try {
    return parseNetwork(readFileSync(`/proc/${pid}/net/dev`, "latin1"));
  } catch {
    return undefined;
  }
}
