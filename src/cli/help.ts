// `--help`: made of the same data that the parser reads.
import { type Command, type CommandTable, type GroupEntry, SUBJECTS } from "./command.ts";
import { VALUE_NAMES } from "./flag-values.ts";
import type { Flag } from "./parse-words.ts";

/** `--help` or `-h` before the first argument, unless the command uses `-h` itself. */
export function asksForHelp(command: Command, words: readonly string[]): boolean {
  const usesShort = Object.values(command.flags).some((flag) => flag.short === "h");
  for (const word of words) {
    if (word === "--help" || (word === "-h" && !usesShort)) return true;
    if (word === "--" || (command.stopAtFirstArg === true && !word.startsWith("-"))) return false;
  }
  return false;
}

/** The text of a command's `--help`. `names` are all that it can be typed as. */
export function helpText(definition: Command, names: readonly string[] = []): string {
  const flags = Object.entries(definition.flags).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const rows = flags.map(([name, flag]) => [flagForm(name, flag), flag.summary] as const);
  const others = names.filter((name) => name !== definition.name).map((name) => `teu ${name}`);
  return [
    `Usage: teu ${definition.name} ${definition.usage}`,
    "",
    `${definition.summary}.`,
    ...(others.length === 0 ? [] : ["", `Also: ${others.join(", ")}`]),
    ...(rows.length === 0 ? [] : ["", "Flags:", ...columns(rows)]),
    ...(definition.examples === undefined ? [] : ["", "Examples:", ...definition.examples.map((example) => `  ${example}`)]),
    "",
  ].join("\n");
}

/** A name of a command with what it does. */
export type HelpRow = readonly [name: string, summary: string];

/** Name and summary of each command of a table; one that stands elsewhere is looked up there. */
export async function helpRows(root: CommandTable, table: CommandTable): Promise<readonly HelpRow[]> {
  const { sameCommand } = await import("./find-command.ts");
  return Promise.all(
    Object.entries(table).map(
      async ([name, entry]) => [name, "same" in entry ? (await sameCommand(root, entry.same)).summary : entry.summary] as const,
    ),
  );
}

/** The text of `teu GROUP --help`. */
export async function groupHelp(root: CommandTable, path: string, group: GroupEntry): Promise<string> {
  const rows = await helpRows(root, await group.commands());
  return [
    `Usage: teu ${path} COMMAND [flags] …`,
    "",
    `${group.summary}.`,
    "",
    "Commands:",
    ...columns(rows),
    "",
    `teu ${path} COMMAND --help tells more.`,
    "",
  ].join("\n");
}

/** The text of `teu --help`: the first table by subject. */
export async function overview(root: CommandTable, more: readonly HelpRow[]): Promise<string> {
  const { GLOBAL_FLAGS } = await import("./global-flags.ts");
  const flags = Object.entries(GLOBAL_FLAGS).map(([name, flag]) => [flagForm(name, flag), flag.summary] as const);
  const rows = new Map([...(await helpRows(root, root)), ...more]);
  const width = Math.max(...[...rows.keys()].map((name) => name.length));
  const below = (subject: (typeof SUBJECTS)[number]) =>
    [...rows].filter(([name]) => (Object.hasOwn(root, name) ? (root[name]?.subject ?? "System") : "System") === subject);
  return [
    "Usage: teu [flags] COMMAND [flags] …",
    "",
    ...SUBJECTS.flatMap((subject) => (below(subject).length === 0 ? [] : [`${subject}:`, ...columns(below(subject), width), ""])),
    "Flags:",
    ...columns(flags),
    "",
    "teu COMMAND --help tells more.",
    "",
  ].join("\n");
}

/**
 * Every path that leads to the same command: its second places and their aliases.
 * Only help asks, so all groups are loaded for it.
 */
export async function namesOf(root: CommandTable, path: string): Promise<readonly string[]> {
  const tables: { readonly before: string; readonly table: CommandTable }[] = [{ before: "", table: root }];
  for (const [name, entry] of Object.entries(root))
    if ("commands" in entry) tables.push({ before: `${name} `, table: await entry.commands() });
  const places = tables.flatMap(({ before, table }) =>
    Object.entries(table)
      .filter(([, entry]) => !("commands" in entry))
      .map(([name, entry]) => ({
        paths: [name, ...("aliases" in entry ? (entry.aliases ?? []) : [])].map((word) => `${before}${word}`),
        home: "same" in entry ? entry.same : `${before}${name}`,
      })),
  );
  const home = places.find(({ paths }) => paths.includes(path))?.home;
  return places.filter((place) => place.home === home).flatMap(({ paths }) => paths);
}

function columns(rows: readonly HelpRow[], width = Math.max(0, ...rows.map(([name]) => name.length))): string[] {
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
}

function flagForm(name: string, flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.value ?? VALUE_NAMES[flag.type];
  if (flag.type === "boolean") return `${short}--${name}`;
  return flag.bare === undefined ? `${short}--${name} ${value}` : `${short}--${name}[=${value}]`;
}
