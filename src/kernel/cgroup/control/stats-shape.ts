// What a container uses, in the JSON shape of `runc events --stats` (runc types/events.go), which containerd and
// others read; what a host does not count is undefined and left out of the JSON. Counters have 64 bits, so the values are
// bigints; statsJson prints them as JSON numbers.

export interface PressureLine {
  /** Shares of time in percent over 10, 60 and 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** Microseconds in all. */
  readonly total: bigint;
}

/** Pressure stall information (kernel accounting/psi.rst). */
export interface Pressure {
  readonly some: PressureLine | undefined;
  readonly full: PressureLine | undefined;
}

/** Times in nanoseconds. */
export interface CpuStats {
  readonly usage: {
    readonly total: bigint | undefined;
    readonly percpu: readonly bigint[] | undefined;
    readonly percpu_kernel: readonly bigint[] | undefined;
    readonly percpu_user: readonly bigint[] | undefined;
    readonly kernel: bigint;
    readonly user: bigint;
  };
  readonly throttling: {
    readonly periods: bigint | undefined;
    readonly throttledPeriods: bigint | undefined;
    readonly throttledTime: bigint | undefined;
  };
  readonly psi: Pressure | undefined;
}

/** Bytes; a limit of 2^64-1 (v2 `max`) or of v1's largest number is no limit. */
export interface MemoryEntry {
  readonly limit: bigint;
  readonly usage: bigint | undefined;
  readonly max: bigint | undefined;
  readonly failcnt: bigint;
}

export interface MemoryStats {
  readonly cache: bigint | undefined;
  readonly usage: MemoryEntry | undefined;
  /** Memory and swap together, on v2 too. */
  readonly swap: MemoryEntry | undefined;
  readonly kernel: MemoryEntry | undefined;
  readonly kernelTCP: MemoryEntry | undefined;
  readonly raw: Readonly<Record<string, bigint>> | undefined;
  readonly psi: Pressure | undefined;
}

export interface BlkioEntry {
  readonly major: bigint;
  readonly minor: bigint;
  readonly op: string | undefined;
  readonly value: bigint;
}

export interface BlkioStats {
  readonly ioServiceBytesRecursive: readonly BlkioEntry[] | undefined;
  readonly ioServicedRecursive: readonly BlkioEntry[] | undefined;
  readonly psi: Pressure | undefined;
}

export interface HugetlbStats {
  readonly usage: bigint | undefined;
  readonly max: bigint | undefined;
  readonly failcnt: bigint;
}

export interface CgroupStats {
  readonly cpu: CpuStats;
  /** v1 only, as with runc. */
  readonly cpuset: { readonly cpus: readonly number[] | undefined; readonly mems: readonly number[] | undefined };
  readonly memory: MemoryStats;
  readonly pids: { readonly current: bigint | undefined; readonly limit: bigint | undefined };
  readonly blkio: BlkioStats;
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
}
