// docs/compatibility.md as data: its sections on commands and their tables of flags.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../tools/source-files.ts";

export const STATUSES = ["built", "different", "refused", "added"] as const;
export type Status = (typeof STATUSES)[number];

export interface Section {
  /** The commands that its table is of: `run`, `create`. */
  readonly commands: readonly string[];
  /** By the long name. */
  readonly flags: ReadonlyMap<string, Status>;
  /** The command itself is not there, and why is said. */
  readonly refused: boolean;
}

const HEADING = /^### ((?:`[a-z ]+`(?:, )?)+)( \(refused\))?$/;
const ROW = /^\|(.*)\|\s*([a-z]+)\s*\|.*\|$/;

/** The sections. @throws Error for a row that says none of the four words, or a flag twice */
export function readDocument(): Section[] {
  const sections: (Section & { readonly flags: Map<string, Status> })[] = [];
  for (const line of readFileSync(join(REPOSITORY, "docs/compatibility.md"), "utf8").split("\n")) {
    const [, commands, refused] = HEADING.exec(line) ?? [];
    if (commands !== undefined) {
      sections.push({ commands: quoted(commands), flags: new Map(), refused: refused !== undefined });
      continue;
    }
    if (line.startsWith("#")) sections.push({ commands: [], flags: new Map(), refused: false });
    const section = sections.at(-1);
    const [, flags = "", word = ""] = ROW.exec(line) ?? [];
    const names = quoted(flags).filter((name) => name.startsWith("--"));
    if (section === undefined || names.length === 0) continue;
    const status = STATUSES.find((one) => one === word);
    if (status === undefined) throw new Error(`docs/compatibility.md: ${JSON.stringify(word)} is no status: ${line}`);
    for (const name of names) {
      if (section.flags.has(name.slice(2))) throw new Error(`docs/compatibility.md: ${section.commands.join(", ")}: ${name} stands twice`);
      section.flags.set(name.slice(2), status);
    }
  }
  return sections.filter(({ commands }) => commands.length > 0);
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}
