// Processes that work in a state directory: a launcher, and what it has cloned, until they have a root of their own. Who started them was killed
// before it could write down which they are.
import { readdirSync, statSync } from "node:fs";
import { hasEnded, readProcess } from "./process.ts";

/** Pids, the eldest first as a rule. A look at every process: only for directories whose record is not complete. */
export function workersIn(directory: string): number[] {
  const place = placeOf(directory);
  return place === undefined ? [] : pids().filter((pid) => lives(pid) && placeOf(`/proc/${pid}/cwd`) === place);
}

const pids = () =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);

/** Before it has a name of its own it is called like who started it, or like the descriptor that it was executed by. */
const NAMES = /^(teu.*|\d+)$/;

function lives(pid: number): boolean {
  const facts = readProcess(pid);
  return facts !== undefined && !hasEnded(facts) && NAMES.test(facts.command);
}

/** Device and inode: the directory may have been renamed since. Undefined where there is none, or it is not ours to see. */
function placeOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
