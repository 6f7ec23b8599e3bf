// criu(8), which checkpoint and restore are made of, by its command line: a short plan of the launcher prepares what criu expects and then
// becomes it. criu says what went wrong in its log alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { planFailure } from "../launch/failure.ts";
import { launch } from "../launch/launcher.ts";
import { encodePlan } from "../plan/encode.ts";
import { type Op, op, type Plan, type Registers } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";

/** Flags of checkpoint and restore that are criu's own, and need nothing of us. */
export const CRIU_FLAGS = ["tcp-established", "ext-unix-sk", "shell-job", "file-locks"] as const;

export interface CriuPaths {
  /** Directory of the images. */
  readonly imagePath: string;
  /** Directory of the log and of what criu keeps besides; the images' when not given. */
  readonly workPath?: string;
}

/** What both verbs are told. */
export interface CriuOptions extends CriuPaths {
  readonly id: string;
  readonly flags: readonly (typeof CRIU_FLAGS)[number][];
  /** The PATH that criu is looked for in, and that it looks for tar(1) and iptables(8) in. */
  readonly searchPath: string;
}

export interface CriuRun extends CriuOptions {
  readonly action: "dump" | "restore";
  /** The words after those that both actions have. */
  readonly words: readonly string[];
  /** Ops that come before criu. */
  readonly before: readonly Op[];
  readonly registers: Registers;
}

/** Lines of the log that repeat that something failed. */
const ECHO = /(?:Dumping|Restoring) FAILED|exited, status=/;

/**
 * Runs criu to its end, on the caller's standard streams.
 * @throws TeuError `unsupported` without criu; KernelError for an op before it; TeuError `unavailable` with criu's own last word
 */
export async function runCriu(context: RuntimeContext, run: CriuRun): Promise<void> {
  const subject = `${run.action === "dump" ? "checkpoint" : "restore"} container ${run.id}`;
  const plan: Plan = { sections: [{ name: "host", ops: [...run.before, criuOp(run)] }], registers: run.registers.names };
  const own = mkdtempSync(join(context.root, ".criu-"));
  try {
    const { exitCode, records } = await launch(encodePlan(plan), { launcher: context.launcher, dir: own }).ended;
    const failure = planFailure(plan, records);
    if (failure?.code === "command-not-found") {
      throw new TeuError("unsupported", `${subject}: the program criu is not in ${run.searchPath}: Debian's package criu has it`);
    }
    if (failure !== undefined) throw failure;
    if (exitCode !== 0) throw new TeuError("unavailable", `${subject}: ${criuFailure(run, exitCode)}`);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function criuOp({ action, imagePath, workPath, flags, searchPath, words }: CriuRun): Op {
  const paths = ["--images-dir", imagePath, ...(workPath === undefined ? [] : ["--work-dir", workPath])];
  // soft: cgroups that are there already are taken as they are; those that a container made below its own are made again.
  const common = ["--manage-cgroups=soft", "--log-file", logFile(action), "-v4", ...flags.map((flag) => `--${flag}`)];
  return op(
    "exec",
    {
      candidates: searchPath.split(":").map((directory) => join(directory, "criu")),
      argv: ["criu", action, ...paths, ...common, ...words],
      env: [`PATH=${searchPath}`],
    },
    "criu",
  );
}

const logFile = (action: CriuRun["action"]) => `${action}.log`;

function criuFailure({ action, imagePath, workPath }: CriuRun, exitCode: number): string {
  const path = join(workPath ?? imagePath, logFile(action));
  try {
    return `criu: ${lastErrors(readFileSync(path, "utf8")) ?? `it exited with status ${exitCode}`}; its log is ${path}`;
  } catch {
    return `criu exited with status ${exitCode} and left no log in ${path}`;
  }
}

/** What a log of criu ends with of errors, without time stamps and places in its source: the last and its cause, which comes just before. */
export function lastErrors(log: string): string | undefined {
  const errors = log.split("\n").flatMap((line) => /Error \([^)]*\): (.*)/.exec(line)?.[1]?.trim() ?? []);
  const telling = errors.filter((error) => !ECHO.test(error));
  const last = (telling.length > 0 ? telling : errors).slice(-2);
  return last.length === 0 ? undefined : last.join(", then: ");
}

/** Makes a directory for images or logs, the caller's alone. @throws TeuError `invalid` where none can be */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TeuError("invalid", `make the directory ${path}: ${reasonOf(cause)}`, { cause });
  }
}
