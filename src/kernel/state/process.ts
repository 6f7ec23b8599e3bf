// What /proc tells of a process (proc_pid_stat(5)): enough to know that a pid still means the process that we started.
import { readFileSync } from "node:fs";

export interface ProcessFacts {
  /** The name that the process goes by (PR_SET_NAME, or the program's file name since execve): at most 15 bytes. */
  readonly command: string;
  /** The state letter: R, S, D, Z (zombie), X (dead), … */
  readonly state: string;
  /** Clock ticks after boot at which it started: with the pid, an identity that outlives pid reuse. */
  readonly start: string;
}

/** Index of field 22, starttime, after the command name's closing parenthesis (field 3 is the first there). */
const START_FIELD = 19;
/** Of field 4, ppid. */
const PARENT_FIELD = 1;

/** Undefined when there is no such process. The command name may hold spaces and parentheses, so the last `)` ends it. */
export function readProcess(pid: number): ProcessFacts | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  return parseStat(text);
}

/** Reads the text of a `stat` file. */
export function parseStat(text: string): ProcessFacts | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const start = fields[START_FIELD];
  const command = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
  return state === undefined || start === undefined ? undefined : { command, state, start };
}

/** Undefined where there is no such process. */
export function readParent(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[PARENT_FIELD]);
  } catch {
    return undefined;
  }
}

/** True while the process runs; a zombie has ended. */
export function isAlive(pid: number, start: string): boolean {
  const facts = readProcess(pid);
  return facts !== undefined && !hasEnded(facts) && facts.start === start;
}

export function hasEnded({ state }: ProcessFacts): boolean {
  return state === "Z" || state === "X";
}

/** Clock ticks after boot (USER_HZ, 100 on every architecture that we run on) of this moment, by our own start and age. */
export function ticksNow(ownStart: string): number {
  return Number(ownStart) + Math.round(process.uptime() * TICKS_PER_SECOND);
}

const TICKS_PER_SECOND = 100;
