// `teu runtime VERB …`, also `teu-runtime`: an OCI runtime with runc's command line. Global flags stand before the verb.
import { TeuError } from "../../base/errors.ts";
import type { RuntimeContext } from "../../kernel/state/context.ts";
import { type CliContext, type Command, parseInvocation, UsageError } from "../command.ts";
import { asksForHelp, helpText } from "../help.ts";
import { didYouMean } from "../nearest.ts";
import { defaultRunRoot, runtimeContext } from "./context.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { openLog } from "./log.ts";
import type { Verb } from "./verb.ts";

interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

const asVerb = (module: { readonly default: unknown }): Verb => module.default as Verb; // each verb's own flags are a subset of Flags

/** Every verb, by name; its module is loaded when it is asked for. */
const VERBS: Readonly<Record<string, VerbEntry>> = {
  checkpoint: { summary: "Save a running container as images of criu", load: async () => asVerb(await import("./checkpoint.ts")) },
  create: { summary: "Create a container from a bundle", load: async () => asVerb(await import("./create.ts")) },
  delete: { summary: "Delete a container", load: async () => asVerb(await import("./delete.ts")) },
  events: { summary: "Show what a container uses, as lines of JSON", load: async () => asVerb(await import("./events.ts")) },
  exec: { summary: "Run a program in a running container", load: async () => asVerb(await import("./exec.ts")) },
  features: { summary: "Show what this runtime can do", load: async () => asVerb(await import("./features.ts")) },
  kill: { summary: "Send a signal to a container", load: async () => asVerb(await import("./kill.ts")) },
  list: { summary: "List the containers", load: async () => asVerb(await import("./list.ts")) },
  pause: { summary: "Suspend a container", load: async () => asVerb(await import("./pause.ts")) },
  ps: { summary: "Show the processes of a container", load: async () => asVerb(await import("./ps.ts")) },
  restore: { summary: "Restore a container from a checkpoint", load: async () => asVerb(await import("./restore.ts")) },
  resume: { summary: "Resume a paused container", load: async () => asVerb(await import("./resume.ts")) },
  run: { summary: "Create and start a container", load: async () => asVerb(await import("./run.ts")) },
  spec: { summary: "Write a config.json to begin with", load: async () => asVerb(await import("./spec.ts")) },
  start: { summary: "Start a created container", load: async () => asVerb(await import("./start.ts")) },
  state: { summary: "Show the state of a container", load: async () => asVerb(await import("./state.ts")) },
  update: { summary: "Change the limits of a container", load: async () => asVerb(await import("./update.ts")) },
};

/** Exit status of any failure of ours, as runc's. */
const FAILED = 1;

/** Runs the runtime with its words; the result is the exit status. */
export async function runRuntime(words: readonly string[], context: CliContext): Promise<number> {
  try {
    return await runVerb(words, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.err(`teu-runtime: ${error.message}\n`); // there is no log yet: which one is what could not be read
    return FAILED;
  }
}

async function runVerb(words: readonly string[], context: CliContext): Promise<number> {
  const { flags: globals, args } = parseInvocation(USAGE, words, context);
  const [name, ...verbWords] = args;
  if (globals.version === true) return (await import("./version.ts")).showVersion(context);
  if (name === undefined || globals.help === true) return usage(context);
  const entry = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (entry === undefined) throw new UsageError(`unknown verb ${name}; ${didYouMean(name, Object.keys(VERBS))}see teu runtime --help`);
  const log = openLog(globals, context);
  const verb = await entry.load();
  try {
    const command = verb as unknown as Command;
    if (asksForHelp(command, verbWords)) {
      context.out(helpText(command));
      return 0;
    }
    const runtime: RuntimeContext = runtimeContext(
      {
        root: globals.root,
        runRoot: defaultRunRoot(context),
        ...(globals["systemd-cgroup"] === true ? { systemd: await (await import("./systemd.ts")).systemdDriver(context) } : {}),
        clamp: false,
        warn: log.warn,
      },
      context,
    );
    return await verb.run({ ...parseInvocation(command, verbWords, context), runtime });
  } catch (error) {
    log.error(error instanceof TeuError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    return verb.failed ?? FAILED;
  }
}

const USAGE = {
  name: "runtime",
  summary: "An OCI runtime with runc's command line",
  usage: "[global flags] VERB [flags] …",
  flags: GLOBAL_FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  run: () => 0,
};

function usage(context: CliContext): number {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length));
  const verbs = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  context.out(`${helpText(USAGE)}\nVerbs:\n${verbs.join("\n")}\n`);
  return 0;
}
