// The parts of the suite as data: which test files belong to each, and how they may be run. A file belongs to the first part that
// has a folder above it.

export type PartName = "unit" | "launcher" | "conformance" | "peers" | "images" | "containers" | "kernel";

export interface Part {
  readonly name: PartName;
  readonly what: string;
  readonly folders: readonly string[];
  /** Files at once: 1 where a file already keeps both cores busy or starts daemons. */
  readonly parallel: number;
  /** Parts of one turn run at the same time. */
  readonly turn: number;
  /** Whether `bin/` must be built first. */
  readonly needsBuild: boolean;
}

const CONTAINER_FOLDERS = ["containers", "volumes", "faults/containers"];
const IMAGE_FOLDERS = ["tree", "layers", "store", "registry", "archives", "images", "snapshots", "faults/images", "fuzz"];

// biome-ignore format: table
export const PARTS: readonly Part[] = [
  { name: "unit",        what: "pure functions and golden plans, no root",              folders: ["src", "tools"],      parallel: 1, turn: 1, needsBuild: false },
  { name: "launcher",    what: "the launcher by itself, op by op",                      folders: ["test/launcher"],     parallel: 2, turn: 2, needsBuild: true },
  { name: "conformance", what: "other people's suites",                                 folders: ["test/conformance"],  parallel: 1, turn: 3, needsBuild: true },
  { name: "peers",       what: "other engines on top of teu and beside it",            folders: ["test/peers", "test/images/interop"], parallel: 1, turn: 3, needsBuild: true },
  { name: "images",      what: "trees, layers, store, registries, archives",           folders: IMAGE_FOLDERS.map((folder) => `test/${folder}`), parallel: 2, turn: 4, needsBuild: true },
  { name: "containers",  what: "containers and volumes, their whole life",              folders: CONTAINER_FOLDERS.map((folder) => `test/${folder}`), parallel: 2, turn: 5, needsBuild: true },
  { name: "kernel",      what: "containers on this machine's kernel",                   folders: ["test"],              parallel: 2, turn: 6, needsBuild: true },
];

/** What one invocation runs: the parts, and of the test files only those whose path holds one of `names` (all when empty). */
export interface Selection {
  readonly parts: readonly Part[];
  readonly names: readonly string[];
}

/** The part that a test file belongs to. */
export function partOf(file: string): Part | undefined {
  return PARTS.find((part) => part.folders.some((folder) => file.startsWith(`${folder}/`)));
}

/** Reads the arguments of `npm test -- …`: names of parts, or pieces of file paths; both narrow the suite. */
export function select(args: readonly string[], files: readonly string[]): Selection {
  const named = PARTS.filter((part) => args.includes(part.name));
  const names = args.filter((arg) => !PARTS.some((part) => part.name === arg));
  if (names.length === 0) return { parts: named.length === 0 ? PARTS : named, names };
  const matching = new Set(files.filter((file) => names.some((name) => file.includes(name))).map((file) => partOf(file)));
  const parts = (named.length === 0 ? PARTS : named).filter((part) => matching.has(part));
  return { parts, names };
}

/** The files of one part under a selection, in a stable order. */
export function filesOf(part: Part, selection: Selection, files: readonly string[]): readonly string[] {
  return files
    .filter((file) => partOf(file) === part && (selection.names.length === 0 || selection.names.some((name) => file.includes(name))))
    .toSorted();
}
