// kill --all and the kill before delete: a signal to every process of the container, with none slipping through by fork.
import { TeuError } from "../../../base/errors.ts";
import { type CgroupPaths, errnoOf, pause, writeValue } from "./files.ts";
import { freeze, isFrozen, thaw } from "./freeze.ts";
import { processes } from "./processes.ts";

/** SIGKILL */
const KILL = 9;
/** Rounds of killing before giving up, and the longest wait between them in milliseconds: together about five seconds. */
const ROUNDS = 100;
const LONGEST_WAIT = 50;

/**
 * Sends `signal` (a number) to every process. The container is frozen meanwhile, so that each gets it once and none can
 * fork away; one that was paused stays paused, but for SIGKILL.
 */
export function signalAll(paths: CgroupPaths, signal: number): void {
  const paused = isFrozen(paths);
  if (paused === false) hold(paths, signal);
  try {
    for (const pid of processes(paths)) send(pid, signal);
  } finally {
    if (paused === false || signal === KILL) thaw(paths);
  }
}

/** Freezes. SIGKILL goes out without, where a process in an uninterruptible sleep keeps the others from standing still: rounds catch what forks. */
function hold(paths: CgroupPaths, signal: number): void {
  try {
    freeze(paths);
  } catch (error) {
    if (signal !== KILL || !(error instanceof TeuError)) throw error;
  }
}

/**
 * Kills every process and waits until none is left. On v2 the kernel does it in one step (cgroup.kill, 5.14); elsewhere
 * it is done by rounds.
 * @throws TeuError `unavailable` when processes remain, as those in an uninterruptible sleep do
 */
export function killAll(paths: CgroupPaths): void {
  const { unified } = paths;
  for (let round = 0; round < ROUNDS; round++) {
    if (processes(paths).length === 0) return;
    const done = unified !== undefined && killTree(unified);
    // Again by hand where that did not end it: a process frozen by v1, or in the v1 hierarchies alone.
    if (!done || round > 0) signalAll(paths, KILL);
    pause(Math.min(2 ** round, LONGEST_WAIT));
  }
  const left = processes(paths);
  if (left.length > 0) throw new TeuError("unavailable", `kill the container: processes ${left.slice(0, 5).join(", ")} do not end`);
}

/** Writes cgroup.kill; false where the kernel has no such file. */
function killTree(directory: string): boolean {
  try {
    writeValue(`${directory}/cgroup.kill`, "1");
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "EOPNOTSUPP") return false; // before 5.14, or a threaded cgroup
    throw error;
  }
}

function send(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
}
