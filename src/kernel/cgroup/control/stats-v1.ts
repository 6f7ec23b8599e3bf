// Statistics from cgroup v1 (kernel cgroup-v1/{cpuacct,memory,pids,blkio-controller,hugetlb}.rst).
import { parseKeyed, parseList, parseNumber, parseNumbers, UNLIMITED } from "./counters.ts";
import { type CgroupPaths, readText } from "./files.ts";
import { hugePageSizes } from "./huge-pages.ts";
import type { BlkioEntry, BlkioStats, CgroupStats, CpuStats, HugetlbStats, MemoryEntry, MemoryStats } from "./stats-shape.ts";

/** cpuacct.stat counts in ticks of USER_HZ, which is 100 on every architecture that we run on. */
const NANOSECONDS_PER_TICK = 10_000_000n;

/** Reads the counters of the v1 controllers that `paths` has. */
export function readStatsV1(paths: CgroupPaths): CgroupStats {
  const pids = reader(paths.pids);
  const cpuset = reader(paths.cpuset);
  const limit = parseNumber(pids("pids.max"));
  return {
    cpu: cpuStats(paths),
    cpuset: { cpus: parseList(cpuset("cpuset.cpus")), mems: parseList(cpuset("cpuset.mems")) },
    memory: memoryStats(reader(paths.memory)),
    pids: { current: parseNumber(pids("pids.current")), limit: limit === UNLIMITED ? undefined : limit },
    blkio: blkioStats(reader(paths.blkio)),
    hugetlb: hugetlbStats(reader(paths.hugetlb)),
  };
}

type Read = (file: string) => string | undefined;

function reader(directory: string | undefined): Read {
  return (file) => (directory === undefined ? undefined : readText(`${directory}/${file}`));
}

function cpuStats(paths: CgroupPaths): CpuStats {
  const account = reader(paths.cpuacct);
  const ticks = parseKeyed(account("cpuacct.stat"));
  const throttled = parseKeyed(reader(paths.cpu)("cpu.stat"));
  const modes = account("cpuacct.usage_all")?.split("\n").slice(1);
  const column = (index: number) => modes?.flatMap((line) => parseNumber(line.split(" ")[index]) ?? []);
  return {
    usage: {
      total: parseNumber(account("cpuacct.usage")),
      percpu: parseNumbers(account("cpuacct.usage_percpu")),
      percpu_kernel: column(2),
      percpu_user: column(1),
      kernel: (ticks.system ?? 0n) * NANOSECONDS_PER_TICK,
      user: (ticks.user ?? 0n) * NANOSECONDS_PER_TICK,
    },
    throttling: { periods: throttled.nr_periods, throttledPeriods: throttled.nr_throttled, throttledTime: throttled.throttled_time },
    psi: undefined,
  };
}

function memoryStats(read: Read): MemoryStats {
  const raw = parseKeyed(read("memory.stat"));
  const entry = (name: string): MemoryEntry | undefined => {
    const usage = parseNumber(read(`${name}.usage_in_bytes`));
    if (usage === undefined) return undefined; // swap and kernel accounting are options of the kernel
    return {
      limit: parseNumber(read(`${name}.limit_in_bytes`)) ?? 0n,
      usage,
      max: parseNumber(read(`${name}.max_usage_in_bytes`)),
      failcnt: parseNumber(read(`${name}.failcnt`)) ?? 0n,
    };
  };
  return {
    cache: raw.cache,
    usage: entry("memory"),
    swap: entry("memory.memsw"),
    kernel: entry("memory.kmem"),
    kernelTCP: entry("memory.kmem.tcp"),
    raw,
    psi: undefined,
  };
}

/** BFQ's counters where that scheduler is in use, else the throttling layer's, which see every scheduler. */
function blkioStats(read: Read): BlkioStats {
  const entries = (name: string): BlkioEntry[] => {
    const bfq = parseBlkio(read(`blkio.bfq.${name}_recursive`));
    if (bfq.length > 0) return bfq;
    return parseBlkio(read(`blkio.throttle.${name}_recursive`) ?? read(`blkio.throttle.${name}`));
  };
  return { ioServiceBytesRecursive: entries("io_service_bytes"), ioServicedRecursive: entries("io_serviced"), psi: undefined };
}

/** `8:0 Read 4096` lines; the sum over all devices, `Total 4096`, is left out. */
export function parseBlkio(text: string | undefined): BlkioEntry[] {
  const entries: BlkioEntry[] = [];
  for (const line of text?.split("\n") ?? []) {
    const [, major, minor, op, value] = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line) ?? [];
    if (major === undefined || minor === undefined || value === undefined) continue;
    entries.push({ major: BigInt(major), minor: BigInt(minor), op, value: BigInt(value) });
  }
  return entries;
}

function hugetlbStats(read: Read): Record<string, HugetlbStats> {
  const found: Record<string, HugetlbStats> = {};
  for (const size of hugePageSizes()) {
    // Reservations count before the pages are used; the kernel counts them since 5.7.
    const kind = read(`hugetlb.${size}.rsvd.usage_in_bytes`) === undefined ? "" : ".rsvd";
    const usage = parseNumber(read(`hugetlb.${size}${kind}.usage_in_bytes`));
    if (usage === undefined) continue;
    const max = parseNumber(read(`hugetlb.${size}${kind}.max_usage_in_bytes`));
    found[size] = { usage, max, failcnt: parseNumber(read(`hugetlb.${size}${kind}.failcnt`)) ?? 0n };
  }
  return found;
}
