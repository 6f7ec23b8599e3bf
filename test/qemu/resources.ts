// Resource limits of a configuration and the cgroup v2 files they must land in (runtime-spec config-linux.md#control-groups,
// kernel Documentation/admin-guide/cgroup-v2.rst). A runtime's files are compared as text, `|` parting equally good values.
import type { Resources } from "../../src/spec/runtime/config.ts";

const MiB = 2 ** 20;

export interface ResourceCase {
  readonly name: string;
  /** `disk` is the guest's disk. */
  readonly resources: (disk: { readonly major: number; readonly minor: number }) => Resources;
  readonly files: Readonly<Record<string, string>>;
  /** Peers that cannot do it, by program name. */
  readonly notBy?: readonly string[];
}

export const RESOURCE_CASES: readonly ResourceCase[] = [
  {
    name: "memory limit, reservation and swap become max, low and the swap alone",
    resources: () => ({ memory: { limit: 64 * MiB, reservation: 32 * MiB, swap: 96 * MiB } }),
    files: { "memory.max": `${64 * MiB}`, "memory.low": `${32 * MiB}`, "memory.swap.max": `${32 * MiB}` },
  },
  {
    name: "swap equal to the limit allows none",
    resources: () => ({ memory: { limit: 64 * MiB, swap: 64 * MiB } }),
    files: { "memory.max": `${64 * MiB}`, "memory.swap.max": "0" },
  },
  {
    name: "an unlimited memory limit is the word max",
    resources: () => ({ memory: { limit: -1, swap: -1 } }),
    files: { "memory.max": "max", "memory.swap.max": "max" },
  },
  {
    name: "cpu quota and period become one line",
    resources: () => ({ cpu: { quota: 20_000, period: 50_000 } }),
    files: { "cpu.max": "20000 50000" },
  },
  {
    name: "an unlimited cpu quota keeps its period",
    resources: () => ({ cpu: { quota: -1, period: 50_000 } }),
    files: { "cpu.max": "max 50000" },
  },
  {
    // the linear scale of the first v2 runtimes, or the one of runc 1.4 and crun 1.23 that maps 1024 to 100
    name: "cpu shares become a weight",
    resources: () => ({ cpu: { shares: 512 } }),
    files: { "cpu.weight": "20|59" },
  },
  {
    name: "cpu burst",
    resources: () => ({ cpu: { quota: 20_000, period: 50_000, burst: 10_000 } }),
    files: { "cpu.max.burst": "10000" },
    notBy: ["runc", "crun"],
  },
  {
    name: "cpu idle",
    resources: () => ({ cpu: { idle: 1 } }),
    files: { "cpu.idle": "1" },
    notBy: ["runc"],
  },
  {
    name: "cpus and memory nodes",
    resources: () => ({ cpu: { cpus: "1", mems: "0" } }),
    files: { "cpuset.cpus": "1", "cpuset.cpus.effective": "1", "cpuset.mems": "0" },
  },
  {
    name: "a limit of processes",
    resources: () => ({ pids: { limit: 42 } }),
    files: { "pids.max": "42" },
  },
  {
    name: "an unlimited number of processes",
    resources: () => ({ pids: { limit: -1 } }),
    files: { "pids.max": "max" },
  },
  {
    name: "throttled disk, both ways, bytes and operations",
    resources: (disk) => ({
      blockIO: {
        throttleReadBpsDevice: [{ ...disk, rate: 1_048_576 }],
        throttleWriteBpsDevice: [{ ...disk, rate: 2_097_152 }],
        throttleReadIOPSDevice: [{ ...disk, rate: 100 }],
        throttleWriteIOPSDevice: [{ ...disk, rate: 200 }],
      },
    }),
    files: { "io.max": "DISK rbps=1048576 wbps=2097152 riops=100 wiops=200" },
  },
  {
    // 10..1000 onto 1..10000; this kernel has no BFQ loaded, so the weight is io.cost's
    name: "a block I/O weight",
    resources: () => ({ blockIO: { weight: 500 } }),
    files: { "io.weight": "default 4950" },
  },
  {
    name: "huge pages",
    resources: () => ({ hugepageLimits: [{ pageSize: "2MB", limit: 4 * MiB }] }),
    files: { "hugetlb.2MB.max": `${4 * MiB}` },
  },
  {
    name: "unified entries are written as they are, after the rest",
    resources: () => ({ memory: { limit: 64 * MiB }, unified: { "memory.high": `${48 * MiB}`, "pids.max": "7" } }),
    files: { "memory.max": `${64 * MiB}`, "memory.high": `${48 * MiB}`, "pids.max": "7" },
  },
];
