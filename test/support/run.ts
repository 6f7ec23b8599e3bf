// Starts programs for tests: output goes to files, not pipes, because a container that outlives the program which made it keeps the
// pipe open, and reading to its end would wait for the container.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestRoots } from "./roots.ts";
import { type Account, commandAs, loginEnvironment } from "./user.ts";

export interface Outcome {
  /** Exit status; 128 + n after signal n. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Added to the environment, which is the caller's own (or a login's, with `user`). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs as this account, with a login's environment. Needs `roots`, which hold its runtime directory. */
  readonly user?: Account;
  readonly roots?: TestRoots;
  readonly timeoutMs?: number;
}

/** A program that runs; its output so far can be read at any time. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<number>;
  stdout(): string;
  stderr(): string;
  write(text: string): void;
  /** Ends the program's standard input. */
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** Removes the files of its output; reading them afterwards gives nothing. */
  dispose(): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

function prepare(argv: readonly string[], options: RunOptions) {
  if (options.user === undefined) return { argv, env: { ...process.env, ...options.env } };
  if (options.roots === undefined) throw new Error("running as another user needs roots");
  const env = { ...loginEnvironment(options.user, options.roots.directory), ...options.env };
  return { argv: commandAs(options.user, argv), env };
}

/** Starts a program with an input that is written by `write`. The caller ends and disposes it. */
export function start(argv: readonly string[], options: RunOptions = {}): Running {
  const { argv: command, env } = prepare(argv, options);
  const folder = mkdtempSync(join(tmpdir(), "teu-output-"));
  const [out, err] = [openSync(join(folder, "out"), "a"), openSync(join(folder, "err"), "a")];
  const child = Bun.spawn([...command], { env, cwd: options.cwd ?? "/", stdio: ["pipe", out, err] });
  closeSync(out);
  closeSync(err);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    pid: child.pid,
    exited: child.exited,
    stdout: () => read("out"),
    stderr: () => read("err"),
    write(text) {
      child.stdin.write(text);
      child.stdin.flush();
    },
    endInput: () => void child.stdin.end(),
    kill: (signal) => child.kill(signal),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs a program to its end.
 * @throws Error when it has not ended within the time; it is killed first.
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const running = start(argv, options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    running.kill("SIGKILL");
  }, timeoutMs);
  try {
    if (options.stdin !== undefined)
      running.write(typeof options.stdin === "string" ? options.stdin : new TextDecoder().decode(options.stdin));
    running.endInput();
    const status = await running.exited;
    const outcome = { status, stdout: running.stdout(), stderr: running.stderr() };
    if (late) throw new Error(`${argv.join(" ")}: not ended after ${timeoutMs} ms\n${outcome.stdout}${outcome.stderr}`);
    return outcome;
  } finally {
    clearTimeout(timer);
    running.dispose();
  }
}

/** Runs a program that must end with status 0; its output, without the final newline. */
export async function runOk(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(argv, options);
  if (status !== 0) throw new Error(`${argv.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
  return stdout.replace(/\n$/, "");
}

/** Waits until `condition` holds, looking often. @throws Error naming `what` after the time. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await Bun.sleep(20);
  }
}
