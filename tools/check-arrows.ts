// Holds the directions of imports: down a level, never up, never sideways, no cycles, nothing of the launcher. ARCHITECTURE.md tells
// why; the table here is the rule. A file may import its own unit, and any unit of a lower level.
import { dirname, join } from "node:path";
import { conclude, type SourceFile, sourceFiles } from "./source-files.ts";

interface Unit {
  /** Folder, with a final slash. The longest that fits a path decides. */
  readonly folder: string;
  readonly level: number;
}

/** Decimals order the units inside kernel and image; the parts of kernel (mounts, cgroup, seccomp …) stand side by side and do not know each other. */
// biome-ignore format: table
export const UNITS: readonly Unit[] = [
  { folder: "src/base/",                level: 0 },
  { folder: "src/spec/",                level: 1 },
  { folder: "src/kernel/tables/",       level: 2 },
  { folder: "src/kernel/plan/",         level: 2.1 },
  { folder: "src/kernel/probe/",        level: 2.1 },
  { folder: "src/kernel/namespaces/",   level: 2.2 },
  { folder: "src/kernel/mounts/",       level: 2.2 },
  { folder: "src/kernel/rootfs/",       level: 2.2 },
  { folder: "src/kernel/cgroup/",       level: 2.2 },
  { folder: "src/kernel/seccomp/",      level: 2.2 },
  { folder: "src/kernel/capabilities/", level: 2.2 },
  { folder: "src/kernel/process/",      level: 2.2 },
  { folder: "src/kernel/idmap/",        level: 2.2 },
  { folder: "src/kernel/devices/",      level: 2.2 },
  { folder: "src/kernel/lsm/",          level: 2.2 },
  { folder: "src/kernel/hooks/",        level: 2.2 },
  { folder: "src/kernel/netlink/",      level: 2.2 },
  { folder: "src/kernel/intel-rdt/",    level: 2.2 },
  { folder: "src/kernel/compile/",      level: 2.3 },
  { folder: "src/kernel/launch/",       level: 2.4 },
  { folder: "src/kernel/tree/",         level: 2.45 },
  { folder: "src/kernel/state/",        level: 2.5 },
  { folder: "src/image/ports/",         level: 3 },
  { folder: "src/image/layers/",        level: 3.1 },
  { folder: "src/image/store/",         level: 3.1 },
  { folder: "src/image/credentials/",   level: 3.1 },
  { folder: "src/image/archives/",      level: 3.2 },
  { folder: "src/image/client/",        level: 3.2 },
  { folder: "src/image/snapshots/",     level: 3.2 },
  { folder: "src/image/unpack/",        level: 3.2 },
  { folder: "src/image/bootstrap/",     level: 3.2 },
  { folder: "src/image/copy/",          level: 3.3 },
  { folder: "src/network/",             level: 3 },
  { folder: "src/volumes/",             level: 3 },
  { folder: "src/containers/",          level: 4 },
  { folder: "src/build/",               level: 4 },
  { folder: "src/registry/",            level: 4 },
  { folder: "src/engine/",              level: 5 },
  { folder: "src/apis/",                level: 6 },
  { folder: "src/compose/",             level: 6 },
  { folder: "src/pods/",                level: 6 },
  { folder: "src/web/",                 level: 6 },
  { folder: "src/cli/",                 level: 7 },
  // Built executables and the version, which only the program itself embeds.
  { folder: "bin/",                     level: 6 },
  { folder: "package.json",             level: 6 },
  { folder: "tools/",                   level: 8 },
  { folder: "test/",                    level: 9 },
];

const IMPORT = /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** What a file imports, resolved to paths of the repository; packages and node's own modules are left out. */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  return [...text.matchAll(IMPORT)]
    .map((found) => found[1] ?? found[2] ?? found[3] ?? "")
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => join(dirname(path), specifier));
}

/** The unit that a path belongs to. */
export function unitOf(path: string): Unit | undefined {
  return UNITS.filter(({ folder }) => path.startsWith(folder)).toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

/** Tests, and what they share beside the source. */
const TEST = /\.(test|test-support)\.ts$/;

/** What is wrong with one import, or undefined. A test may also use the shared helpers below test/. */
export function judgeArrow(from: string, to: string): string | undefined {
  const [source, target] = [unitOf(from), unitOf(to)];
  if (source === undefined) return `${from}: stands in no unit of tools/check-arrows.ts`;
  if (target === undefined) return `${from}: imports ${to}, which stands in no unit of tools/check-arrows.ts`;
  if (source === target || target.level < source.level) return undefined;
  if (TEST.test(from) && target.folder === "test/") return undefined;
  return `${from}: imports ${target.level === source.level ? "sideways" : "up"}: ${to}`;
}

/** Every cycle once, as the paths along it, found depth first. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path]);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** All that is wrong with the imports of a set of files. */
export function judgeArrows(files: readonly SourceFile[]): readonly string[] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file)]));
  return [
    ...files.flatMap(({ path }) => (graph.get(path) ?? []).flatMap((target) => judgeArrow(path, target) ?? [])),
    ...cycles(graph).map((cycle) => `import cycle: ${cycle.join(" -> ")}`),
  ];
}

if (import.meta.main) conclude(judgeArrows(sourceFiles("{src,tools,test}/**/*.ts")));
