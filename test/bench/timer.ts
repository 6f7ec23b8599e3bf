// Measures commands with timer.c: what a command takes, and nothing of the benchmark around it.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

export interface Sample {
  readonly milliseconds: number;
  /** Largest resident set of the command, KiB. */
  readonly maxRssKiB: number;
}

export interface Timing {
  /** How often the command runs one after another; the sample is their sum. */
  readonly repeat?: number;
  /** Command words that bring the timer to its place first: a namespace, a user. Not measured. */
  readonly via?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type Timer = (command: readonly string[], timing?: Timing) => Promise<Sample>;

/**
 * Compiles the timer into `directory`, where the last command's output goes too (world-writable: commands run as other users).
 * The timer throws an Error with the command's output when it ends other than with status 0.
 */
export async function makeTimer(directory: string): Promise<Timer> {
  const program = join(directory, "timer");
  await run("cc", ["-std=c11", "-O2", "-Wall", "-Wextra", "-static", "-o", program, fileURLToPath(new URL("timer.c", import.meta.url))]);
  let runs = 0;
  return async (command, { repeat = 1, via = [], env } = {}) => {
    const log = join(directory, "logs", `${++runs}`);
    const [first = program, ...rest] = [...via, program, log, `${repeat}`, ...command];
    const { stdout } = await run(first, rest, { timeout: TIMEOUT_MS, env: { ...process.env, ...env } });
    const [nanoseconds = Number.NaN, maxRssKiB = 0, status = 1] = stdout.trim().split(" ").map(Number);
    if (status !== 0) throw new Error(`${command.join(" ")}: wait status ${status}: ${(await readFile(log, "utf8")).trim()}`);
    return { milliseconds: nanoseconds / 1e6, maxRssKiB };
  };
}
