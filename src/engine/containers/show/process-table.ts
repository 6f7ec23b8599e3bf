// The processes of a container on a host without ps(1): what `ps -ef` would show, from /proc.
import { readFileSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const TITLES = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"] as const;
const TICKS_PER_SECOND = 100;

/** @throws TeuError `unsupported` for options: they are those of ps */
export function processTable(pids: readonly number[], words: readonly string[]): ProcessTable {
  if (words.length > 0)
    throw new TeuError("unsupported", `top with options ${words.join(" ")}: they are for ps, which this host does not have`);
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1] ?? 0);
  return { titles: TITLES, rows: pids.map((pid) => rowOf(pid, boot)).filter((row) => row !== undefined) };
}

/** Fields of proc_pid_stat(5) behind the command's closing parenthesis. */
const STAT = { parent: 1, terminal: 4, userTime: 11, systemTime: 12, start: 19 } as const;

function rowOf(pid: number, boot: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const number = (field: keyof typeof STAT) => Number(fields[STAT[field]] ?? 0);
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "?";
    const used = (number("userTime") + number("systemTime")) / TICKS_PER_SECOND;
    const started = boot + number("start") / TICKS_PER_SECOND;
    const age = Math.max(1, Date.now() / 1000 - started);
    return [
      uid,
      String(pid),
      String(number("parent")),
      String(Math.floor((used / age) * 100)),
      startText(new Date(started * 1000)),
      terminalName(number("terminal")),
      clock(used),
      commandOf(pid, stat),
    ];
  } catch {
    return undefined; // it has just ended
  }
}

function startText(date: Date): string {
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** Major 136 and up are pseudo-terminals (devices.txt). */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  return major >= 136 && major <= 143 ? `pts/${(major - 136) * 256 + (device & 0xff)}` : "?";
}

function clock(seconds: number): string {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

/** Kernel threads and zombies have no arguments. */
function commandOf(pid: number, stat: string): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  return words.length > 0 ? words.join(" ") : `[${stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"))}]`;
}
