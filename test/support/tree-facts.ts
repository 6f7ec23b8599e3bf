// Trees as lists of facts (tree-facts.py), read by root or inside the user namespace that they belong to, and compared name by name.
import { join } from "node:path";
import { type RunOptions, runOk } from "./run.ts";

/** One name of a tree; what a type has not got is left out. */
export interface NameFacts {
  /** Bytes, as Latin-1; the root's is empty. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "fifo" | "char" | "block" | "socket";
  /** Octal. */
  readonly mode?: string;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  readonly device?: string;
  /** Values in hexadecimal. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** The first name of the same file: it is a hard link. */
  readonly same?: string;
  /** Bytes on disk of a file that has holes; no difference between trees. */
  readonly allocated?: number;
}

export type Tree = ReadonlyMap<string, NameFacts>;

const SCRIPT = join(import.meta.dir, "tree-facts.py");

function parse(text: string): Tree {
  const names = text.split("\n").filter(Boolean);
  // Our own script's words.
  return new Map(names.map((line) => JSON.parse(line) as NameFacts).map((facts) => [facts.name, facts]));
}

const largest = { timeoutMs: 60_000 };

/** The tree of a directory. */
export async function readTree(directory: string): Promise<Tree> {
  return parse(await runOk(["python3", SCRIPT, directory], largest));
}

/** The tree that overlayfs makes of layers, bottom to top; `options` for those of an ordinary user, mounted in a namespace of its own. */
export async function readOverlay(layers: readonly string[], at: string, options: RunOptions = {}): Promise<Tree> {
  const lower = layers.toReversed().join(":");
  // A mount of one layer needs a second, empty one.
  const [flags, marks] = options.user === undefined ? [[], ""] : [["--user", "--map-root-user", "--map-auto"], "userxattr,"];
  const script = `mkdir -p "$1/empty" "$1/merged" && mount -t overlay -o "$4lowerdir=$2:$1/empty" overlay "$1/merged" && exec python3 "$3" "$1/merged"`;
  return parse(
    await runOk(["unshare", ...flags, "--mount", "sh", "-c", script, "sh", at, lower, SCRIPT, marks], { ...largest, ...options }),
  );
}

/** What differs, by name: each side's facts that the other has otherwise. Empty for trees that are the same. */
export function differences(one: Tree, other: Tree): Readonly<Record<string, readonly [Partial<NameFacts>, Partial<NameFacts>]>> {
  const found: Record<string, readonly [Partial<NameFacts>, Partial<NameFacts>]> = {};
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one.get(name), other.get(name)];
    const [onlyA, onlyB] = [without(a, b), without(b, a)];
    if (Object.keys({ ...onlyA, ...onlyB }).length > 0) found[name] = [onlyA, onlyB];
  }
  return found;
}

function without(these: NameFacts | undefined, those: NameFacts | undefined): Partial<NameFacts> {
  const entries = Object.entries(these ?? {});
  return Object.fromEntries(
    entries.filter(([key, value]) => key !== "allocated" && !Bun.deepEquals(value, those?.[key as keyof NameFacts])),
  );
}
