// What a process is given from outside, by the launcher with its caller's privileges, while it waits: the same for `create` and `exec`.
import type { Process } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { rlimitOps } from "../process/process-ops.ts";

export interface LimitTarget {
  readonly pid: Register;
  /** The host's procfs. */
  readonly proc: Register;
  /** Free for the process's /proc directory. */
  readonly dir: Register;
  /** The engine goes on without what the host refuses. */
  readonly clamp: boolean;
}

/** Resource limits, and the score by which the kernel chooses whom to kill for want of memory. */
export function limitOps(process: Process | undefined, target: LimitTarget): Op[] {
  return process === undefined ? [] : [...rlimitOps(process, target.pid), ...oomScoreOps(process, target)];
}

/** Lowering the score takes CAP_SYS_RESOURCE on the host, so it is done from here (proc_pid_oom_score_adj(5)). */
function oomScoreOps({ oomScoreAdj: score }: Process, { pid, proc, dir, clamp }: LimitTarget): Op[] {
  if (score === undefined) return [];
  const from = "process.oomScoreAdj";
  return [
    op("openPid", { proc, pid, out: dir }, from),
    op(
      "write",
      { dir, path: "oom_score_adj", data: [String(score)] },
      { from, subject: String(score), ...(clamp ? { optional: true } : {}) },
    ),
    op("close", { fd: dir }, from),
  ];
}
