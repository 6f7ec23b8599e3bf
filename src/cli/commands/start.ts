// `teu start`: containers that are there, and do not run.
import { findContainer } from "../../engine/containers/find.ts";
import { startAttended, startContainer } from "../../engine/containers/life/start.ts";
import { viewOf } from "../../engine/containers/view.ts";
import type { Engine } from "../../engine/engine.ts";
import { command, type Invocation, UsageError } from "../command.ts";
import { type Refusals, refuse, refusedFlags } from "../end-flags.ts";
import { engineOf } from "../engine.ts";
import type { Flags } from "../parse-words.ts";
import { notifySystemd } from "../systemd-notify.ts";
import { stay } from "../terminal/stay.ts";
import { eachContainer } from "./each-container.ts";

const REFUSED = {
  checkpoint: "checkpoints are those of teu-runtime checkpoint and restore",
  "checkpoint-dir": "checkpoints are those of teu-runtime checkpoint and restore",
} as const satisfies Refusals;

const FLAGS = {
  ...refusedFlags(REFUSED),
  "all-restart": { type: "boolean", summary: "Those that their restart policies bring back when the machine starts" },
  attach: { type: "boolean", short: "a", summary: "Show its output, hand signals on to it, and end with its exit status" },
  "detach-keys": { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
  interactive: { type: "boolean", short: "i", summary: "As --attach, and give it this standard input" },
  "sig-proxy": { type: "boolean", summary: "With --attach, hand signals on (true; --sig-proxy=false keeps them)" },
} as const satisfies Flags;

export default command({
  name: "start",
  summary: "Start containers",
  usage: "[flags] CONTAINER…",
  flags: FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  async run(invocation) {
    const { flags, args, context } = invocation;
    refuse(flags, REFUSED);
    const engine = engineOf(context);
    if (flags["all-restart"] === true) return await startAll(engine, invocation);
    if (args.length === 0) throw new UsageError("start takes at least 1 argument, not 0; usage: teu start [flags] CONTAINER…");
    if (flags.attach === true || flags.interactive === true) {
      if (args.length > 1) throw new UsageError("you cannot start and attach multiple containers at once");
      return await startHere(engine, args[0] ?? "", invocation);
    }
    const status = await eachContainer(engine, { args, context }, async (row) => {
      await startContainer(engine, row);
      await notifySystemd(engine, row.id, context);
      return undefined;
    });
    return status;
  },
});

/** The names of those that run now go to standard output. */
async function startAll(engine: Engine, { flags, args, context }: Invocation<typeof FLAGS>): Promise<number> {
  const more = Object.keys(flags).find((name) => name !== "all-restart");
  if (args.length > 0 || more !== undefined)
    throw new UsageError(`--all-restart goes with no ${more === undefined ? "names of containers" : `--${more}`}`);
  const { startAllRestart } = await import("../../engine/containers/life/start-all.ts");
  const { started, failed } = await startAllRestart(engine);
  for (const { name } of started) context.out(`${name}\n`);
  for (const { error } of failed) context.err(`teu: ${error.message}\n`);
  return failed.length === 0 ? 0 : 1;
}

async function startHere(engine: Engine, text: string, { flags, context }: Invocation<typeof FLAGS>): Promise<number> {
  const row = findContainer(engine, text);
  if (viewOf(engine, row).status === "running") {
    const { "detach-keys": detachKeys, "sig-proxy": signals } = flags;
    const asked = {
      ...(detachKeys === undefined ? {} : { "detach-keys": detachKeys }),
      ...(signals === undefined ? {} : { "sig-proxy": signals }),
    };
    const { attachHere } = await import("./attach.ts");
    return await attachHere(engine, row, { flags: { ...asked, "no-stdin": flags.interactive !== true }, context });
  }
  const { options, stdio } = row.document;
  const interactive = flags.interactive === true && stdio.open;
  const how = {
    context,
    terminal: options.terminal,
    interactive,
    detachKeys: flags["detach-keys"] ?? stdio.detachKeys,
    signals: flags["sig-proxy"] !== false,
  };
  const attach = [...(interactive ? (["stdin"] as const) : []), "stdout", "stderr"] as const;
  return await stay(how, (use) => startAttended(engine, row, { ...use, attach }));
}
