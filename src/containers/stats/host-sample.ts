// What the host counts, by the texts of /proc: CPU time of all (proc_stat(5)), memory (proc_meminfo(5)), traffic (proc_pid_net(5)).

export interface HostSample {
  /** Nanoseconds that all CPUs have been there for, whatever they did. */
  readonly cpu: bigint;
  readonly cpus: number;
}

export interface Traffic {
  readonly received: bigint;
  readonly sent: bigint;
}

/** USER_HZ is 100 on every architecture that we run on. */
export const NANOSECONDS_PER_TICK = 10_000_000n;
/** user, nice, system, idle, iowait, irq, softirq, steal: what comes after is in user already. */
const CPU_FIELDS = 8;

/** Reads /proc/stat. */
export function parseHostSample(text: string): HostSample {
  const lines = text.split("\n");
  const all = lines.find((line) => line.startsWith("cpu "));
  const ticks = (
    all
      ?.trim()
      .split(/\s+/)
      .slice(1, CPU_FIELDS + 1) ?? []
  ).reduce((sum, word) => sum + BigInt(word), 0n);
  return { cpu: ticks * NANOSECONDS_PER_TICK, cpus: lines.filter((line) => /^cpu\d/.test(line)).length };
}

/** Bytes of memory, out of /proc/meminfo. */
export function parseMemoryTotal(text: string): bigint {
  return BigInt(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024n;
}

/** The columns of /proc/PID/net/dev behind the interface's name that count bytes. */
const RECEIVED = 0;
const SENT = 8;

/** The sum over all interfaces but the loopback. */
export function parseNetwork(text: string): Traffic {
  let [received, sent] = [0n, 0n];
  for (const line of text.split("\n")) {
    const [, name, counters = ""] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === "lo") continue;
    const words = counters.split(/\s+/);
    received += BigInt(words[RECEIVED] ?? 0);
    sent += BigInt(words[SENT] ?? 0);
  }
  return { received, sent };
}
