// Bytes to standard output (and error), and from standard input: archives in a pipe. `context.out` is for text.
import { write } from "node:fs";
import { promisify } from "node:util";
import { TeuError } from "../base/errors.ts";
import { failedWith, reasonOf } from "../base/file-errno.ts";

const STDOUT = 1;
/** Milliseconds until a full pipe that somebody has made non-blocking is tried again. */
const PIPE_PAUSE = 5;

const writeSome = promisify(write);

/** Writes all of it, as fast as the reader takes it. @throws TeuError `unavailable` when nobody reads on, or there is no room. */
export async function writeOutput(bytes: Uint8Array, fd: 1 | 2 = STDOUT): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += await writeSome(fd, bytes, at, bytes.length - at, null).then(({ bytesWritten }) => bytesWritten);
    } catch (error) {
      if (!failedWith(error, "EAGAIN")) {
        const stream = fd === STDOUT ? "output" : "error";
        throw new TeuError("unavailable", `write to standard ${stream}: ${reasonOf(error)}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, PIPE_PAUSE));
    }
  }
}

/** Whether writing failed for lack of a reader, as behind head(1): then there is nobody to tell more, nor that. */
export function nobodyReadsOn(error: unknown): boolean {
  return error instanceof TeuError && failedWith(error.cause, "EPIPE");
}

/** Does `work`, which goes on for long, until it ends or nobody reads what it writes by `writeOutput`. */
export async function whileRead(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!nobodyReadsOn(error)) throw error;
  }
}

/** Standard input as it comes. */
export function readInput(): AsyncIterable<Uint8Array> {
  return Bun.stdin.stream();
}
