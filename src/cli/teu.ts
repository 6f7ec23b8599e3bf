// `teu COMMAND …`: finds the command, loads only that one, and runs it.
import { asksForHelp, type CliContext, type Command, helpText, parseInvocation, UsageError } from "./command.ts";

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, by name; a command's module is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  run: { summary: "Run a program in a new container", load: async () => (await import("./commands/run.ts")).default as unknown as Command },
  version: { summary: "Show the version", load: async () => (await import("./commands/version.ts")).default as unknown as Command },
};

/** Commands that are not shown. */
const HIDDEN: Readonly<Record<string, CommandEntry["load"]>> = {
  internal: async () => (await import("./commands/internal.ts")).default as unknown as Command,
};

/** Runs `teu` with its words; the result is the exit status. */
export async function runTeu(words: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = words;
  if (name === "runtime") return (await import("./runtime/runtime.ts")).runRuntime(rest, context);
  if (name === "--version" || name === "-v") return runTeu(["version"], context);
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return usage(context);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.load : Object.hasOwn(HIDDEN, name) ? HIDDEN[name] : undefined;
  if (load === undefined) throw new UsageError(`unknown command ${name}; see teu --help`);
  return runCommand(await load(), rest, context);
}

/** Runs one command, or prints its help. */
export async function runCommand(command: Command, words: readonly string[], context: CliContext): Promise<number> {
  if (asksForHelp(command, words)) {
    context.out(helpText(command));
    return 0;
  }
  return command.run(parseInvocation(command, words, context));
}

function usage(context: CliContext): number {
  const rows = [
    ...Object.entries(COMMANDS),
    ["runtime", { summary: "The OCI runtime, with runc's command line (also: teu-runtime)" }] as const,
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  context.out(
    [
      "Usage: teu COMMAND [flags] …",
      "",
      "Commands:",
      ...rows.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
      "",
      "teu COMMAND --help tells more.",
      "",
    ].join("\n"),
  );
  return 0;
}
