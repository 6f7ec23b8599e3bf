// Runs a program of the host that is not the launcher: a credential helper, debootstrap. Nothing of it is on the way of a run.
import { TeuError } from "../../base/errors.ts";
import { failedWith, reasonOf } from "../../base/file-errno.ts";

export interface ProgramOptions {
  /** What it reads; nothing when absent. */
  readonly input?: string | Uint8Array;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Most bytes that are read of its output; more ends it. */
  readonly maxOutput?: number;
  /** Milliseconds after which it is killed. */
  readonly timeout?: number;
  /** In a session of its own: what it has started is killed with it when its time is over, and cannot keep its output open. */
  readonly ownSession?: boolean;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

const MOST_OUTPUT = 1024 * 1024;

/** @throws TeuError `unavailable` when it cannot be executed. */
export async function runProgram(argv: readonly [string, ...string[]], options: ProgramOptions): Promise<ProgramResult> {
  const { input, env, signal, timeout, maxOutput = MOST_OUTPUT, ownSession = false } = options;
  let killer: Timer | undefined;
  try {
    const child = Bun.spawn([...argv], {
      stdio: [input === undefined ? "ignore" : Buffer.from(input), "pipe", "pipe"],
      env: { ...env },
      maxBuffer: maxOutput,
      ...(signal === undefined ? {} : { signal }),
      ...(timeout === undefined || ownSession ? {} : { timeout }),
      ...(ownSession ? { detached: true } : {}),
    });
    if (ownSession && timeout !== undefined) killer = setTimeout(() => killGroup(child.pid), timeout);
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.bytes(), child.stderr.text(), child.exited]);
    return { exitCode, stdout, stderr };
  } catch (cause) {
    throw new TeuError("unavailable", `run ${argv[0]}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(killer);
  }
}

/** The leader of a session is the leader of its first process group, too. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!failedWith(error, "ESRCH")) throw error;
  }
}
