// What a process is given from outside, by the launcher with its caller's privileges, while it waits: the same for `create` and `exec`.
import type { Process } from "../../spec/runtime/config.ts";
import { type Op, type OpPolicy, op, type Register } from "../plan/plan.ts";
import { rlimitOps } from "../process/process-ops.ts";
import type { ProcessRequest } from "./request.ts";

export interface LimitTarget {
  readonly request: ProcessRequest;
  readonly pid: Register;
  /** The host's procfs. */
  readonly proc: Register;
  /** Free for the process's /proc directory. */
  readonly dir: Register;
}

/** Resource limits, and the score by which the kernel chooses whom to kill for want of memory. */
export function limitOps(process: Process | undefined, target: LimitTarget): Op[] {
  return process === undefined ? [] : [...rlimitOps(process, target.pid), ...oomScoreOps(process, target)];
}

/** Lowering the score takes CAP_SYS_RESOURCE on the host, so it is done from here (proc_pid_oom_score_adj(5)). */
function oomScoreOps({ oomScoreAdj: score }: Process, { pid, proc, dir, request }: LimitTarget): Op[] {
  if (score === undefined || request.facts.rootless) return [];
  const { from } = scorePolicy(score, request);
  return [
    op("openPid", { proc, pid, out: dir }, from),
    op("write", { dir, path: "oom_score_adj", data: [String(score)] }, scorePolicy(score, request)),
    op("close", { fd: dir }, from),
  ];
}

/**
 * The first ops of the first process that the launcher makes. Without root there is no right to lower the score, and once the process has joined
 * a namespace or changed its user, it is not dumpable, and its files in /proc are root's: so it raises its score itself, and its children's.
 */
export function ownScoreOps(process: Process | undefined, { request, proc }: Pick<LimitTarget, "request" | "proc">): Op[] {
  const score = process?.oomScoreAdj;
  if (score === undefined || !request.facts.rootless) return [];
  return [op("write", { dir: proc, path: "self/oom_score_adj", data: [String(score)] }, scorePolicy(score, request))];
}

/** The engine goes on without what the host refuses. */
function scorePolicy(score: number, { clamp }: ProcessRequest): OpPolicy {
  return { from: "process.oomScoreAdj", subject: String(score), ...(clamp ? { optional: true } : {}) };
}
