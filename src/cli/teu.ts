// `teu COMMAND …`: finds the command, loads only that one, and runs it.
import { TeuError } from "../base/errors.ts";
import { type CliContext, type Command, parseInvocation, UsageError } from "./command.ts";
import { COMMANDS, HIDDEN, RUNTIME } from "./commands/table.ts";
import { asksForHelp, helpText } from "./help.ts";

/** Runs `teu` with its words; the result is the exit status. */
export async function runTeu(words: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = words;
  if (name === RUNTIME.name) return (await import("./runtime/runtime.ts")).runRuntime(rest, context);
  if (name === "--version" || name === "-v") return runTeu(["version"], context);
  if (name === "help" && rest.length > 0) return runTeu([...rest, "--help"], context);
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return usage(context);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.load : Object.hasOwn(HIDDEN, name) ? HIDDEN[name] : undefined;
  if (load === undefined) throw new UsageError(`unknown ${name.startsWith("-") ? "flag" : "command"} ${name}; see teu --help`);
  return runCommand(await load(), rest, context);
}

/** Runs one command, or prints its help. */
export async function runCommand(command: Command, words: readonly string[], context: CliContext): Promise<number> {
  if (asksForHelp(command, words)) {
    context.out(helpText(command));
    return 0;
  }
  const invocation = parseInvocation(command, words, context);
  try {
    return await command.run(invocation);
  } catch (error) {
    if (command.failed === undefined || !(error instanceof TeuError)) throw error;
    context.err(`teu: ${error.message}\n`);
    return command.failed;
  }
}

function usage(context: CliContext): number {
  const rows = [
    ...Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const),
    [RUNTIME.name, RUNTIME.summary] as const,
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  context.out(
    [
      "Usage: teu COMMAND [flags] …",
      "",
      "Commands:",
      ...rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
      "",
      "teu COMMAND --help tells more.",
      "",
    ].join("\n"),
  );
  return 0;
}
