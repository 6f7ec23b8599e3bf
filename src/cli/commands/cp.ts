// `teu cp`: files between a container and its host.
import { readDirection } from "../../containers/copy/argument.ts";
import { copyIn } from "../../engine/containers/files/copy-in.ts";
import { copyOut } from "../../engine/containers/files/copy-out.ts";
import { readInput, writeOutput } from "../byte-output.ts";
import { type CliContext, command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { decimalSize } from "../format/human-size.ts";
import { interruptible } from "../interruption.ts";
import { isTerminal } from "../terminal/tty.ts";

const STDOUT = 1;
const STDERR = 2;

export default command({
  name: "cp",
  summary: "Copy files between a container and the host",
  usage: "[flags] CONTAINER:SRC_PATH DEST_PATH|-   or   SRC_PATH|- CONTAINER:DEST_PATH",
  flags: {
    archive: { type: "boolean", short: "a", summary: "Keep owners: of what comes out, and without root of what goes in" },
    "follow-link": { type: "boolean", short: "L", summary: "Copy what a link in SRC_PATH leads to" },
    quiet: { type: "boolean", short: "q", summary: "Say nothing; so it is where standard output is no terminal" },
  },
  args: { min: 2, max: 2, completes: "files" },
  failed: 1,
  examples: ["teu cp ./sources.list web:/etc/apt/", "teu cp web:/var/log - | tar -t"],
  async run({ flags, args: [from = "", to = ""], context }) {
    const direction = readDirection(from, to);
    const engine = engineOf(context);
    const { container, path, other } = direction;
    const { archive = false, "follow-link": follow = false, quiet = !isTerminal(STDOUT) } = flags;
    if (!direction.into && other.kind === "stream" && isTerminal(STDOUT))
      throw new UsageError("cowardly refusing to write a tar to a terminal: redirect it, or name a destination");
    return await interruptible(context, "what was copied so far stays", async (signal) => {
      using progress = openProgress(context, quiet || (!direction.into && other.kind === "stream"));
      const common = { container, archive, signal, onBytes: progress.onBytes };
      const copied = direction.into
        ? await copyIn(engine, {
            ...common,
            destination: path,
            source: other.kind === "stream" ? { tar: readInput() } : { path: other.path, follow },
          })
        : await copyOut(engine, {
            ...common,
            source: path,
            follow,
            destination: other.kind === "stream" ? { take: writeOutput } : { path: other.path },
          });
      for (const warning of copied.warnings) context.err(`teu: warning: ${warning.path}: ${warning.message}\n`);
      progress.done(copied.bytes, direction.into ? `${container}:${copied.path}` : copied.path);
      return 0;
    });
  },
});

interface Progress extends Disposable {
  onBytes(bytes: number): void;
  done(bytes: number, where: string): void;
}

/** Milliseconds between two looks of the line. */
const PAUSE = 100;
const CLEAR = "\r\x1b[2K";

/** docker's: on standard error a line that counts, where that is a terminal, and a sentence at the end. */
function openProgress(context: CliContext, quiet: boolean): Progress {
  const counts = !quiet && isTerminal(STDERR);
  let next = 0;
  let shown = false;
  const clear = () => {
    if (shown) context.err(CLEAR);
    shown = false;
  };
  return {
    onBytes(bytes) {
      if (!counts || performance.now() < next) return;
      next = performance.now() + PAUSE;
      shown = true;
      context.err(`${CLEAR}Copying: ${decimalSize(bytes)}`);
    },
    done(bytes, where) {
      clear();
      if (!quiet) context.err(`Successfully copied ${decimalSize(bytes)} to ${where}\n`);
    },
    [Symbol.dispose]: clear,
  };
}
