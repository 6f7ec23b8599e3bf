// `teu COMMAND …`: finds the command, loads only that one, and runs it.
import { type CliContext, type Command, helpText, parseInvocation, UsageError } from "./command.ts";

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, by name; a command's module is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  run: { summary: "Run a program in a new container", load: async () => (await import("./commands/run.ts")).default as unknown as Command },
  version: { summary: "Show the version", load: async () => (await import("./commands/version.ts")).default as unknown as Command },
};

/** Runs `teu` with its words; the result is the exit status. */
export async function runTeu(words: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = words;
  if (name === "runtime") return (await import("./runtime/runtime.ts")).runRuntime(rest, context);
  if (name === "--version" || name === "-v") return runTeu(["version"], context);
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return usage(context);
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw new UsageError(`unknown command ${name}; see teu --help`);
  return runCommand(await entry.load(), rest, context);
}

/** Runs one command, or prints its help. */
export async function runCommand(command: Command, words: readonly string[], context: CliContext): Promise<number> {
  if (asksForHelp(command, words)) {
    context.out(helpText(command));
    return 0;
  }
  return command.run(parseInvocation(command, words, context));
}

/** `--help` or `-h` before the first argument, unless the command uses `-h` itself. */
export function asksForHelp(command: Command, words: readonly string[]): boolean {
  const usesShort = Object.values(command.flags).some((flag) => flag.short === "h");
  for (const word of words) {
    if (word === "--help" || (word === "-h" && !usesShort)) return true;
    if (word === "--" || (command.stopAtFirstArg === true && !word.startsWith("-"))) return false;
  }
  return false;
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
