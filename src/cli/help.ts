// `--help`: made of the same data that the parser reads.
import type { Command } from "./command.ts";
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

/** The text of `--help`. */
export function helpText(definition: Command): string {
  const rows = Object.entries(definition.flags).map(([name, flag]) => [flagForm(name, flag), flag.summary] as const);
  const width = Math.max(0, ...rows.map(([form]) => form.length));
  return [
    `Usage: teu ${definition.name} ${definition.usage}`,
    "",
    `${definition.summary}.`,
    ...(rows.length === 0 ? [] : ["", "Flags:", ...rows.map(([form, summary]) => `  ${form.padEnd(width)}  ${summary}`)]),
    ...(definition.examples === undefined ? [] : ["", "Examples:", ...definition.examples.map((example) => `  ${example}`)]),
    "",
  ].join("\n");
}

function flagForm(name: string, flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  return `${short}--${name}${flag.type === "string" ? ` ${flag.value ?? "VALUE"}` : ""}`;
}
