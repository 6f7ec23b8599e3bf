// The program. Called as `teu` it takes a command; called as `teu-runtime` it is `teu runtime`, an OCI runtime with runc's command line.
import { TeuError } from "../base/errors.ts";
import type { CliContext } from "./command.ts";
import { exitStatusOf } from "./exit-status.ts";
import { runTeu } from "./teu.ts";

/**
 * Whole lines by the console, which the program has anyway: process.stdout takes 8 ms to make, node:fs one, a quarter of an empty program's
 * life. Anything else, and errors, which the console would colour, by node:fs.
 */
function writeText(fd: 1 | 2, text: string): void {
  if (fd === 1 && text.endsWith("\n")) console.log(text.slice(0, -1));
  else writeWhole(fd, Buffer.from(text));
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  const { writeSync } = process.getBuiltinModule("node:fs");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EPIPE") return; // nobody reads on
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
    home: process.execPath.slice(0, process.execPath.lastIndexOf("/")),
    self: process.execPath,
    out: (text) => writeText(1, text),
    err: (text) => writeText(2, text),
  };
  const words = process.argv.slice(2);
  try {
    if (calledAs(process.argv0) === "teu-runtime") return await (await import("./runtime/runtime.ts")).runRuntime(words, context);
    return await runTeu(words, context);
  } catch (thrown) {
    const error = thrown instanceof TeuError ? thrown : (await import("./error-text.ts")).firstError(thrown);
    context.err(`teu: ${error instanceof TeuError ? error.message : (await import("./error-text.ts")).errorText(error)}\n`);
    return exitStatusOf(error);
  }
}

void main().then((status) => {
  process.exitCode = status;
});
