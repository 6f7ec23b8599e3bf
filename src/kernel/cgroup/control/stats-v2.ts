// Statistics from cgroup v2 (kernel cgroup-v2.rst, "Controllers").
import { parseKeyed, parseNested, parseNumber, parsePressure, UNLIMITED } from "./counters.ts";
import { readText } from "./files.ts";
import { hugePageSizes } from "./huge-pages.ts";
import type { BlkioEntry, BlkioStats, CgroupStats, CpuStats, HugetlbStats, MemoryEntry, MemoryStats } from "./stats-shape.ts";

const NANOSECONDS_PER_MICROSECOND = 1000n;

/** Reads the counters of one v2 cgroup; of none, when the container has no cgroup. */
export function readStatsV2(directory: string | undefined): CgroupStats {
  const read = reader(directory);
  return {
    cpu: cpuStats(read),
    cpuset: { cpus: undefined, mems: undefined },
    memory: memoryStats(read),
    pids: pidsStats(read),
    blkio: blkioStats(read),
    hugetlb: readHugetlbV2(directory),
  };
}

type Read = (file: string) => string | undefined;

function reader(directory: string | undefined): Read {
  return (file) => (directory === undefined ? undefined : readText(`${directory}/${file}`));
}

function cpuStats(read: Read): CpuStats {
  const stat = parseKeyed(read("cpu.stat"));
  const time = (microseconds: bigint | undefined) => (microseconds === undefined ? undefined : microseconds * NANOSECONDS_PER_MICROSECOND);
  return {
    usage: {
      total: time(stat.usage_usec),
      percpu: undefined,
      percpu_kernel: undefined,
      percpu_user: undefined,
      kernel: time(stat.system_usec) ?? 0n,
      user: time(stat.user_usec) ?? 0n,
    },
    throttling: { periods: stat.nr_periods, throttledPeriods: stat.nr_throttled, throttledTime: time(stat.throttled_usec) },
    psi: parsePressure(read("cpu.pressure")),
  };
}

function memoryStats(read: Read): MemoryStats {
  const raw = parseKeyed(read("memory.stat"));
  const usage = memoryEntry(read, "memory");
  const swap = memoryEntry(read, "memory.swap");
  return {
    cache: raw.file,
    usage,
    swap: usage === undefined || swap === undefined ? undefined : together(usage, swap),
    kernel: undefined,
    kernelTCP: undefined,
    raw,
    psi: parsePressure(read("memory.pressure")),
  };
}

function memoryEntry(read: Read, name: string): MemoryEntry | undefined {
  const usage = parseNumber(read(`${name}.current`));
  if (usage === undefined) return undefined;
  const failcnt = parseKeyed(read(`${name}.events`)).max ?? 0n;
  return { limit: parseNumber(read(`${name}.max`)) ?? 0n, usage, max: parseNumber(read(`${name}.peak`)), failcnt };
}

/** v1's notion: memory and swap as one sum. Their peaks were not at one time, so there is no peak of the sum. */
function together(memory: MemoryEntry, swap: MemoryEntry): MemoryEntry {
  const unlimited = memory.limit === UNLIMITED || swap.limit === UNLIMITED;
  return {
    limit: unlimited ? UNLIMITED : memory.limit + swap.limit,
    usage: (memory.usage ?? 0n) + (swap.usage ?? 0n),
    max: undefined,
    failcnt: swap.failcnt,
  };
}

function pidsStats(read: Read): CgroupStats["pids"] {
  const current = parseNumber(read("pids.current"));
  // Without the controller the processes are counted by hand; threads are not told then.
  if (current === undefined) return { current: countLines(read("cgroup.procs") ?? read("cgroup.threads")), limit: undefined };
  const limit = parseNumber(read("pids.max"));
  return { current, limit: limit === UNLIMITED ? undefined : limit };
}

function countLines(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text.split("\n").length - 1);
}

/** io.stat's keys → the v1 table and operation that they are shown as. */
const IO_KEYS = [
  { key: "rbytes", table: "bytes", op: "Read" },
  { key: "wbytes", table: "bytes", op: "Write" },
  { key: "rios", table: "serviced", op: "Read" },
  { key: "wios", table: "serviced", op: "Write" },
] as const;

function blkioStats(read: Read): BlkioStats {
  const tables: Record<"bytes" | "serviced", BlkioEntry[]> = { bytes: [], serviced: [] };
  for (const { key: device, values } of parseNested(read("io.stat"))) {
    const [major, minor] = device.split(":").map(parseNumber);
    if (major === undefined || minor === undefined) continue;
    for (const { key, table, op } of IO_KEYS) {
      const value = parseNumber(values.get(key));
      if (value !== undefined) tables[table].push({ major, minor, op, value });
    }
  }
  return { ioServiceBytesRecursive: tables.bytes, ioServicedRecursive: tables.serviced, psi: parsePressure(read("io.pressure")) };
}

/** Huge pages by size; of sizes without a counter nothing is told. */
export function readHugetlbV2(directory: string | undefined): Record<string, HugetlbStats> {
  const read = reader(directory);
  const found: Record<string, HugetlbStats> = {};
  for (const size of hugePageSizes()) {
    const usage = parseNumber(read(`hugetlb.${size}.rsvd.current`)) ?? parseNumber(read(`hugetlb.${size}.current`));
    if (usage === undefined) continue;
    found[size] = { usage, max: undefined, failcnt: parseKeyed(read(`hugetlb.${size}.events`)).max ?? 0n };
  }
  return found;
}
