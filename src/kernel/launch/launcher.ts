// The one place that starts the launcher: plan on descriptor 3, report on 4, further descriptors from 5 (docs/plan.md).
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Plan } from "../plan/plan.ts";
import { failureOf, opAt, originOf } from "./failure.ts";
import { decodeRecords, type ReportRecord } from "./records.ts";

export interface LaunchOptions {
  /** The launcher executable. */
  readonly launcher: string;
  /** Directory for the plan and the report, the caller's own. */
  readonly dir: string;
  /** Descriptors 0, 1 and 2: inherited unless said otherwise. */
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  /** Descriptors of this process that the plan adopts as 5, 6, …; `socket` makes a stream socket whose other end is `Launched.socket`. */
  readonly extra?: readonly (number | "socket")[];
  readonly timings?: boolean;
  /** Directory that the launcher starts in: hooks and relative sources resolve from it. */
  readonly cwd?: string;
}

export type Stdio = "inherit" | "ignore" | number;

export interface Launched {
  /** The launcher's pid. */
  readonly pid: number;
  /** Our end of the first `socket` in `extra`. */
  readonly socket: number | undefined;
  /** Settles when the launcher has ended. */
  readonly ended: Promise<LaunchEnd>;
  kill(signal: number): void;
  /** The report so far. */
  records(): ReportRecord[];
}

export interface LaunchEnd {
  readonly exitCode: number;
  readonly records: readonly ReportRecord[];
}

/**
 * Starts the launcher on a plan.
 * @throws TeuError `unavailable` when the launcher cannot be executed.
 */
export function launch(plan: Plan, options: LaunchOptions): Launched {
  const planPath = join(options.dir, "plan");
  const reportPath = join(options.dir, "report");
  writeFileSync(planPath, encodePlan(plan, { timings: options.timings === true }), { mode: 0o600 });
  const planFd = openSync(planPath, "r");
  const reportFd = openSync(reportPath, "a+", 0o600);
  const extra = (options.extra ?? []).map((item) => (item === "socket" ? ("pipe" as const) : item));
  const finish = Promise.withResolvers<LaunchEnd>();
  const records = () => decodeRecords(readFileSync(reportPath));
  try {
    const child = Bun.spawn([options.launcher], {
      stdio: [...(options.stdio ?? (["inherit", "inherit", "inherit"] as const)), planFd, reportFd, ...extra],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: {},
      onExit: (_child, exitCode, signalCode) =>
        finish.resolve({ exitCode: exitCode ?? signalStatus(signalCode), records: reportOf(records, planPath, reportPath) }),
    });
    const at = (options.extra ?? []).indexOf("socket");
    const socket = at < 0 ? undefined : (child.stdio[5 + at] as unknown);
    return {
      pid: child.pid,
      socket: typeof socket === "number" ? socket : undefined,
      ended: finish.promise,
      kill: (signal) => child.kill(signal),
      records,
    };
  } catch (error) {
    throw new TeuError("unavailable", `start the launcher ${options.launcher}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  } finally {
    closeSync(planFd);
    closeSync(reportFd);
  }
}

/** 128 + n, as shells say it, for a launcher that a signal ended. */
function signalStatus(signal: NodeJS.Signals | number | null): number {
  return 128 + (typeof signal === "number" ? signal : signal === null ? 0 : constants.signals[signal]);
}

/** The whole report at the launcher's end; plan and report have then done their work. */
function reportOf(records: () => ReportRecord[], planPath: string, reportPath: string): ReportRecord[] {
  try {
    return records();
  } catch {
    return []; // the state directory was deleted under a container that ended
  } finally {
    rmSync(planPath, { force: true });
    rmSync(reportPath, { force: true });
  }
}

/** The error that a plan's report tells of, if any. */
export function planFailure(plan: Plan, records: readonly ReportRecord[]): TeuError | undefined {
  return failureOf(records, (index) => {
    const op = opAt(plan, index);
    return op === undefined ? undefined : originOf(op);
  });
}
