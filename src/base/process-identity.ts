// Who holds something that must not outlive its holder: a pid alone is given to another process soon after.
import { closeSync, openSync, readSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot at which it started, as in proc_pid_stat(5). */
  readonly startTime: string;
  /** /proc/sys/kernel/random/boot_id (random(4)): pids and ticks begin anew with every boot. */
  readonly bootId: string;
}

/** Bytes of a boot id and the end of its line. */
const BOOT_ID_SIZE = 37;

/** The same for as long as this process lives. */
let knownBootId: string | undefined;

/** Tells one start of the machine from another (random(4)). */
export function bootId(): string {
  knownBootId ??= readBootId();
  return knownBootId;
}

/** The kernel fills a buffer of its own as large as ours for each read below /proc/sys, and readFileSync's are of 256 KiB. */
function readBootId(): string {
  const file = openSync("/proc/sys/kernel/random/boot_id", "r");
  try {
    const bytes = Buffer.alloc(BOOT_ID_SIZE);
    return bytes.toString("latin1", 0, readSync(file, bytes)).trim();
  } finally {
    closeSync(file);
  }
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
