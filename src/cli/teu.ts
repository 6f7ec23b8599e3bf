// `teu COMMAND …`: finds the command, loads only that one, and runs it.
import { TeuError } from "../base/errors.ts";
import { type CliContext, type Command, parseInvocation } from "./command.ts";
import { COMMANDS, HIDDEN, RUNTIME } from "./commands/table.ts";
import { findCommand } from "./find-command.ts";
import { asksForHelp, groupHelp, helpText, namesOf, overview } from "./help.ts";

/** Runs `teu` with its words; the result is the exit status. */
export async function runTeu(words: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = words;
  if (name?.startsWith("-") === true) {
    const said = (await import("./global-flags.ts")).takeGlobalFlags(words, context);
    return runTeu(said.words, said.context);
  }
  if (name === RUNTIME.name) return (await import("./runtime/runtime.ts")).runRuntime(rest, context);
  if (name === "help" && rest.length > 0) return runTeu([...rest, "--help"], context);
  if (name === undefined || name === "help") {
    context.out(await overview(COMMANDS, [[RUNTIME.name, RUNTIME.summary]]));
    return 0;
  }
  const hidden = Object.hasOwn(HIDDEN, name) ? HIDDEN[name] : undefined;
  if (hidden !== undefined) return runCommand(await hidden(), rest, context);
  const found = await findCommand(COMMANDS, words);
  if ("entry" in found) return runCommand({ ...(await found.entry.load()), name: found.path }, found.rest, context);
  context.out(await groupHelp(COMMANDS, found.path, found.group));
  return 0;
}

/** Runs one command, or prints its help. */
export async function runCommand(command: Command, words: readonly string[], context: CliContext): Promise<number> {
  if (asksForHelp(command, words)) {
    context.out(helpText(command, await namesOf(COMMANDS, command.name)));
    return 0;
  }
  const invocation = parseInvocation(command, words, context);
  try {
    return await command.run(invocation);
  } catch (thrown) {
    const error = thrown instanceof TeuError ? thrown : (await import("./error-text.ts")).firstError(thrown);
    if (command.failed === undefined || !(error instanceof TeuError)) throw error;
    context.err(`teu: ${error.message}\n`);
    return command.failed;
  }
}
