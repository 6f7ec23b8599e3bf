// Runs a program of the host whose output is too large to keep: debootstrap's tar, tar itself. The sibling of program.ts.
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";

export interface ProgramStreamOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told each line that it writes to standard error. */
  readonly onLine?: (line: string) => void;
}

/** The end of what it said is where the reason stands. */
const KEPT_STDERR = 4096;

async function lastText(stream: ReadableStream<Uint8Array>, onLine: ((line: string) => void) | undefined): Promise<string> {
  let kept = Buffer.alloc(0);
  let line = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    kept = Buffer.concat([kept, chunk]).subarray(-KEPT_STDERR);
    if (onLine === undefined) continue;
    const lines = (line + decoder.decode(chunk, { stream: true })).split("\n");
    line = (lines.pop() ?? "").slice(-KEPT_STDERR);
    // A line that is drawn over itself (a bar in percent) is what it was at last.
    for (const whole of lines) onLine(whole.replace(/\r$/, "").replace(/^.*\r/, ""));
  }
  return kept.toString("utf8").trim();
}

/**
 * The standard output of a program, which starts with the first read and waits for the reader. Whoever stops reading ends it.
 * @throws TeuError `unavailable`, from the stream: when it cannot be executed, and at the end when its exit status is not 0.
 */
export async function* streamProgram(
  argv: readonly [string, ...string[]],
  { env, signal, onLine }: ProgramStreamOptions,
): AsyncGenerator<Uint8Array> {
  const child = startProgram(argv, env, signal);
  const said = lastText(child.stderr, onLine);
  let isWhole = false;
  try {
    yield* child.stdout;
    isWhole = true;
  } finally {
    if (!isWhole) child.kill();
    await child.exited;
  }
  signal?.throwIfAborted();
  const status = child.exitCode ?? 128;
  if (status !== 0) throw new TeuError("unavailable", `run ${argv[0]}: exit status ${status}: ${(await said).replaceAll("\n", "; ")}`);
}

function startProgram(argv: readonly [string, ...string[]], env: ProgramStreamOptions["env"], signal: AbortSignal | undefined) {
  try {
    return Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"], env: { ...env }, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    throw new TeuError("unavailable", `run ${argv[0]}: ${reasonOf(cause)}`, { cause });
  }
}
