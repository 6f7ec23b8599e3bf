// Starts the launcher with a pipe that a plan reads from or writes to, which a plan of `launch` has no need of: streams of records.
import { closeSync } from "node:fs";
import { namelessFile } from "../../base/nameless-file.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Plan } from "../plan/plan.ts";
import { parseSignal } from "../tables/signals.ts";
import { cannotStart, FIRST_EXTRA_FD, type LaunchEnd, readRecords } from "./launcher.ts";

/** The numbers that a plan adopts: its input, its output, its answers. */
export const PIPED_FD = { input: 0, output: 1, answers: 5 } as const;

export interface PipedLaunch {
  /** Settles when the bytes have left: only then may they be changed. Rejects with EPIPE when nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the input. */
  end(): Promise<void>;
  /** What the plan writes; read at the pace of whoever reads. */
  readonly output: ReadableStream<Uint8Array>;
  /** Our end of the `socket` in `extra`. */
  readonly socket: number | undefined;
  /** The launcher's end. A launcher that a signal ended has 128 + n. */
  readonly ended: Promise<LaunchEnd>;
}

export interface PipedOptions {
  readonly launcher: string;
  /** Directory for the plan and the report, the caller's own. */
  readonly dir: string;
  /** Descriptors of ours that the plan adopts as 5, 6, …: the first is the file that answers are appended to; `socket` makes one. */
  readonly extra: readonly (number | "socket")[];
}

/** @throws TeuError `unavailable` when the launcher cannot be executed. */
export function launchPiped(plan: Plan, { launcher, dir, extra }: PipedOptions): PipedLaunch {
  const planFd = namelessFile(dir, encodePlan(plan));
  const reportFd = namelessFile(dir, new Uint8Array());
  const finish = Promise.withResolvers<LaunchEnd>();
  try {
    const child = Bun.spawn([launcher], {
      stdio: ["pipe", "pipe", "inherit", planFd, reportFd, ...extra.map((item) => (item === "socket" ? "pipe" : item))],
      env: {},
      onExit: (_child, exitCode, signalCode) => {
        finish.resolve({ exitCode: exitCode ?? 128 + signalNumber(signalCode), records: readRecords(reportFd) });
        closeSync(reportFd);
      },
    });
    const socket: unknown = child.stdio[FIRST_EXTRA_FD + extra.indexOf("socket")];
    return {
      socket: extra.includes("socket") && typeof socket === "number" ? socket : undefined,
      write: async (bytes) => {
        await child.stdin.write(bytes);
        await child.stdin.flush();
      },
      end: async () => {
        await child.stdin.end();
      },
      output: child.stdout,
      ended: finish.promise,
    };
  } catch (cause) {
    closeSync(reportFd);
    throw cannotStart(launcher, cause);
  } finally {
    closeSync(planFd);
  }
}

function signalNumber(signal: NodeJS.Signals | number | null): number {
  return typeof signal === "number" ? signal : (parseSignal(signal ?? "0") ?? 0);
}
