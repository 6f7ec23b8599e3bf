// The program. Called as `teu` it takes a command; called as `teu-runtime` it is `teu runtime`, an OCI runtime with runc's command line.
import { writeSync } from "node:fs";
import { dirname } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { CliContext } from "./command.ts";
import { exitStatusOf } from "./exit-status.ts";
import { runTeu } from "./teu.ts";

/** Straight to the descriptor: process.stdout would cost a millisecond to make. A reader that has gone ends the output (EPIPE). */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** argv[0]'s last part decides; the kernel gives it, and so does a symbolic link's name. */
function calledAs(argv0: string): "teu" | "teu-runtime" {
  return argv0.slice(argv0.lastIndexOf("/") + 1) === "teu-runtime" ? "teu-runtime" : "teu";
}

async function main(): Promise<number> {
  const context: CliContext = {
    env: process.env,
    home: dirname(process.execPath),
    self: process.execPath,
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
  };
  const words = process.argv.slice(2);
  try {
    if (calledAs(process.argv0) === "teu-runtime") return await (await import("./runtime/runtime.ts")).runRuntime(words, context);
    return await runTeu(words, context);
  } catch (error) {
    context.err(
      `teu: ${error instanceof TeuError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return exitStatusOf(error);
  }
}

// No top-level await: bytecode is compiled from a CommonJS bundle, which has none.
void main().then((status) => {
  process.exitCode = status;
});
