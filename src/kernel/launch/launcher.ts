// The one place that starts the launcher: plan on descriptor 3, report on 4, further descriptors from 5 (docs/plan.md).
import { closeSync, fstatSync, readSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { namelessFile } from "../../base/nameless-file.ts";
import { parseSignal } from "../tables/signals.ts";
import { decodeRecords, type ReportRecord } from "./records.ts";

/** The number that the first descriptor of `extra` has in the launcher. */
export const FIRST_EXTRA_FD = 5;

const REPORT_FD = 4;

export interface LaunchOptions {
  /** The launcher executable. */
  readonly launcher: string;
  /** Directory for the plan and the report, the caller's own. */
  readonly dir: string;
  /** Descriptors 0, 1 and 2: inherited unless said otherwise. */
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  /** Descriptors of this process that the plan adopts as 5, 6, …; `socket` makes a stream socket whose other end is `Launched.socket`. */
  readonly extra?: readonly (number | "socket")[];
  /** Directory that the launcher starts in: hooks and relative sources resolve from it. */
  readonly cwd?: string;
  /** The launcher goes on when this process ends, and does not keep it from ending. Of its report only the beginning is read. */
  readonly detached?: boolean;
}

export type Stdio = "inherit" | "ignore" | number;

export interface Launched {
  /** The launcher's pid. */
  readonly pid: number;
  /** Our end of the first `socket` in `extra`. */
  readonly socket: number | undefined;
  /** Settles when the launcher has ended. */
  readonly ended: Promise<LaunchEnd>;
  /** Settles when the program runs (record `done`), or could not be started; of a `detached` launch alone. */
  readonly started?: Promise<readonly ReportRecord[]>;
  kill(signal: number): void;
}

export interface LaunchEnd {
  readonly exitCode: number;
  readonly records: readonly ReportRecord[];
}

/**
 * Starts the launcher on an encoded plan.
 * @throws TeuError `unavailable` when the launcher cannot be executed.
 */
export function launch(plan: Uint8Array, options: LaunchOptions): Launched {
  const planFd = namelessFile(options.dir, plan);
  const { stdio = ["inherit", "inherit", "inherit"], extra = [], detached = false } = options;
  const reportFd = detached ? undefined : namelessFile(options.dir, new Uint8Array());
  const finish = Promise.withResolvers<LaunchEnd>();
  try {
    const child = Bun.spawn([options.launcher], {
      stdio: [...stdio, planFd, reportFd ?? "pipe", ...extra.map((item) => (item === "socket" ? "pipe" : item))],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: {},
      onExit: (_child, exitCode, signalCode) => {
        const status = exitCode ?? signalStatus(signalCode);
        if (reportFd === undefined) void started?.then((records) => finish.resolve({ exitCode: status, records }));
        else {
          finish.resolve({ exitCode: status, records: readRecords(reportFd) });
          closeSync(reportFd);
        }
      },
    });
    const ends: readonly unknown[] = child.stdio;
    const end = (at: number) => (typeof ends[at] === "number" ? ends[at] : undefined);
    const report = detached ? end(REPORT_FD) : undefined;
    const started = report === undefined ? undefined : import("./report-stream.ts").then((module) => module.recordsUntilDone(report));
    if (detached) child.unref();
    return {
      pid: child.pid,
      socket: extra.includes("socket") ? end(FIRST_EXTRA_FD + extra.indexOf("socket")) : undefined,
      ended: finish.promise,
      ...(started === undefined ? {} : { started }),
      kill: (signal) => child.kill(signal),
    };
  } catch (cause) {
    if (reportFd !== undefined) closeSync(reportFd);
    throw cannotStart(options.launcher, cause);
  } finally {
    closeSync(planFd);
  }
}

export function cannotStart(launcher: string, cause: unknown): TeuError {
  return new TeuError("unavailable", `start the launcher ${launcher}: ${reasonOf(cause)}`, { cause });
}

/** The whole report, whose end may have moved since. */
export function readRecords(fd: number): ReportRecord[] {
  const bytes = new Uint8Array(fstatSync(fd).size);
  return decodeRecords(bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0)));
}

/** 128 + n, as shells say it, for a launcher that a signal ended. */
function signalStatus(signal: NodeJS.Signals | number | null): number {
  return 128 + (typeof signal === "number" ? signal : (parseSignal(signal ?? "0") ?? 0));
}
