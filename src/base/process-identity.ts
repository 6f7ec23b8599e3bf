// Who holds something that must not outlive its holder: a pid alone is given to another process soon after.
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started, as in proc_pid_stat(5). */
  readonly startTime: string;
  /** /proc/sys/kernel/random/boot_id (random(4)): pids and ticks begin anew with every boot. */
  readonly bootId: string;
}

/** Tells one start of the machine from another (random(4)). */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
}

/** One word without slashes, good as part of a file name; `parseIdentity` reads it. */
export function identityWord({ pid, startTime, bootId }: ProcessIdentity): string {
  return `${pid}.${startTime}.${bootId}`;
}

/** Undefined for a text that `identityWord` did not write. */
export function parseIdentity(word: string): ProcessIdentity | undefined {
  const [, pid, startTime, bootId] = /^(\d+)\.(\d+)\.([\w-]+)$/.exec(word) ?? [];
  if (pid === undefined || startTime === undefined || bootId === undefined) return undefined;
  return { pid: Number(pid), startTime, bootId };
}
