// Finds the command that the words of a command line name: in the first table, or in the table of a group.
import { type CommandEntry, type CommandTable, type GroupEntry, UsageError } from "./command.ts";
import { WRONG_CALL } from "./flag-values.ts";
import { didYouMean } from "./nearest.ts";

export interface FoundCommand {
  /** As typed, aliases resolved: `image ls`. */
  readonly path: string;
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/** A group that no command was named of. */
export interface FoundGroup {
  readonly path: string;
  readonly group: GroupEntry;
}

/** @throws UsageError for a word that is no command, with the one that was probably meant. */
export async function findCommand(root: CommandTable, words: readonly string[]): Promise<FoundCommand | FoundGroup> {
  const [name = "", ...rest] = words;
  const first = named(root, name, "");
  if ("load" in first.entry) return { path: first.name, entry: first.entry, rest };
  if ("same" in first.entry) return { path: first.name, entry: await sameCommand(root, first.entry.same), rest };
  const [second, ...more] = rest;
  if (second === undefined || asksForHelp(second)) return { path: first.name, group: first.entry };
  if (second === "help") return findCommand(root, [name, ...more, "--help"]);
  const { name: last, entry } = named(await first.entry.commands(), second, first.name);
  const path = `${first.name} ${last}`;
  if ("commands" in entry) return { path, group: entry };
  return { path, entry: "load" in entry ? entry : await sameCommand(root, entry.same), rest: more };
}

/** The command that a second place means. */
export async function sameCommand(root: CommandTable, path: string): Promise<CommandEntry> {
  const found = await findCommand(root, path.split(" "));
  if (!("entry" in found)) throw new Error(`the command tables name ${path}, which is a group`); // ours to mend
  return found.entry;
}

const asksForHelp = (word: string): boolean => word === "--help" || word === "-h";

interface Named {
  readonly name: string;
  readonly entry: CommandTable[string];
}

/** An entry by its name or alias. */
function named(table: CommandTable, word: string, group: string): Named {
  const entry = Object.hasOwn(table, word) ? table[word] : undefined;
  if (entry !== undefined) return { name: word, entry };
  for (const [name, other] of Object.entries(table))
    if ("aliases" in other && other.aliases?.includes(word) === true) return { name, entry: other };
  throw unknown(table, word, group);
}

function unknown(table: CommandTable, word: string, group: string): UsageError {
  const before = group === "" ? "" : `${group} `;
  const see = `see teu ${before}--help`;
  if (word.startsWith("-")) return new UsageError(`unknown flag ${word}; ${didYouMean(word.slice(2), ["help"], "--")}${see}`);
  return new UsageError(`unknown command ${before}${word}; ${didYouMean(word, Object.keys(table), before)}${see}`, WRONG_CALL);
}
