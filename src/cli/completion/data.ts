// What the completion scripts are made of: every command by the words that lead to it, out of the tables that the parser reads.
import type { Command, CommandTable } from "../command.ts";
import { sameCommand } from "../find-command.ts";
import { GLOBAL_FLAGS } from "../global-flags.ts";
import type { Flag } from "../parse-words.ts";

export interface CompletedCommand {
  /** `ps`, `container ls`. */
  readonly path: string;
  /** The same with aliases in place of the last word. */
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Long names with their flags. */
  readonly flags: readonly (readonly [string, Flag])[];
  readonly completes: Command["args"]["completes"];
}

/** Words that other words follow. The path of the first is empty. */
export interface CompletedGroup {
  readonly path: string;
  readonly words: readonly { readonly name: string; readonly summary: string }[];
}

export interface CompletionData {
  /** Flags before the command, with dashes; each takes a directory. */
  readonly before: readonly string[];
  readonly groups: readonly CompletedGroup[];
  readonly commands: readonly CompletedCommand[];
}

/** What completes a value, as a script's maker acts on it. */
export type Offer = { readonly kind: "files" | "directories" | "nothing" } | { readonly kind: "words" | "output"; readonly text: string };

/** The command that prints the names of what there is, a line each. */
const LISTS = {
  connections: "teu network ls --format '{{.Name}}'; teu ps --all --format '{{.Names}}'",
  containers: "teu ps --all --format '{{.Names}}'",
  images: "teu image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>'",
  networks: "teu network ls --format '{{.Name}}'",
  volumes: "teu volume ls --quiet",
} as const;

/** Names of values that are paths of this machine: `--rootfs DIR`, `--volume SRC:DST`. */
const PATH_VALUE = /^(DIR|FILE|PATH|SRC)\b/;

/** What the value of a flag is completed with. */
export function offerOf({ oneOf, completes, value = "" }: Flag): Offer {
  if (oneOf !== undefined) return { kind: "words", text: oneOf.join(" ") };
  if (completes !== undefined) return offerOfNames(completes);
  return { kind: PATH_VALUE.test(value) ? "files" : "nothing" };
}

/** What arguments are completed with; files where nothing is said. */
export function offerOfNames(completes: CompletedCommand["completes"]): Offer {
  if (completes === undefined || completes === "files" || completes === "directories") return { kind: completes ?? "files" };
  return { kind: "output", text: LISTS[completes] };
}

/** The words that a flag is written as, with dashes. */
export function forms(name: string, { short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
}

/** Flags whose value is the next word, or the rest of theirs. */
export function takesValue({ type, bare }: Flag): boolean {
  return type !== "boolean" && bare === undefined;
}

const HELP = ["help", { type: "boolean", summary: "Show what it does" }] as const;

/** Loads every command of the tables. `other` are words of the first level with a command line of their own. */
export async function completionData(root: CommandTable, other: CompletedGroup["words"]): Promise<CompletionData> {
  const groups: CompletedGroup[] = [];
  const commands: CompletedCommand[] = [];
  const walk = async (path: string, table: CommandTable): Promise<void> => {
    const words: { readonly name: string; readonly summary: string }[] = [];
    groups.push({ path, words });
    for (const [name, entry] of Object.entries(table)) {
      const at = path === "" ? name : `${path} ${name}`;
      if ("commands" in entry) {
        words.push({ name, summary: entry.summary });
        await walk(at, await entry.commands());
        continue;
      }
      const { summary, load } = "same" in entry ? await sameCommand(root, entry.same) : entry;
      const { flags, args } = await load();
      words.push({ name, summary });
      const aliases = (entry.aliases ?? []).map((alias) => (path === "" ? alias : `${path} ${alias}`));
      commands.push({ path: at, aliases, summary, flags: [...Object.entries(flags), HELP], completes: args.completes });
    }
  };
  await walk("", root);
  const before = Object.keys(GLOBAL_FLAGS).map((name) => `--${name}`);
  return { before, groups: groups.map((group) => (group.path === "" ? { ...group, words: [...group.words, ...other] } : group)), commands };
}
