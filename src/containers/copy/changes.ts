// What a container has changed of its image, as docker's `diff` tells it: A added, C changed, D deleted. Pure: from the entries of its writable
// layer, each with what the image has at its path.
import { type ByteString, byteString } from "../../base/byte-string.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";

export type ChangeKind = "A" | "C" | "D";

export interface Change {
  readonly kind: ChangeKind;
  /** Absolute. */
  readonly path: ByteString;
}

/** An item of a writable layer, as kernel/tree reads it. */
export type LayerItem =
  | { readonly kind: "entry"; readonly entry: TreeEntry; readonly below?: "same" | "other" }
  | { readonly kind: "data" }
  | { readonly kind: "whiteout" | "opaque"; readonly path: ByteString };

interface Node {
  readonly kind: ChangeKind;
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isEmpty: boolean;
  /** The image has the same here, as far as a look at it tells. */
  readonly same: boolean;
}

/** Where every container has something mounted, for which an image may lack the place. */
const MOUNTED = [
  "dev/console",
  "dev/mqueue",
  "dev/pts",
  "dev/shm",
  "etc/hostname",
  "etc/hosts",
  "etc/resolv.conf",
  "proc",
  "sys/fs/cgroup",
];

/**
 * Sorted by path. Places that were made to mount something on are no changes, nor is what their making did to the directories that hold them.
 * @param mounted where the container has something mounted besides, absolute
 */
export async function changesOf(items: AsyncIterable<LayerItem>, mounted: readonly string[]): Promise<Change[]> {
  const nodes: Node[] = [];
  for await (const item of items) {
    const node = nodeOf(item);
    if (node !== undefined && node.path !== "") nodes.push(node);
  }
  return shownOf(nodes, [...MOUNTED, ...mounted.map((path) => byteString(path).replace(/^\//, ""))])
    .map(({ kind, path }) => ({ kind, path: `/${path}` as ByteString })) // a slash before bytes
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nodeOf(item: LayerItem): Node | undefined {
  if (item.kind === "whiteout") return { kind: "D", path: item.path, isDirectory: false, isEmpty: false, same: false };
  if (item.kind !== "entry") return undefined;
  const { entry, below } = item;
  const isDirectory = entry.type === "directory";
  const isEmpty = isDirectory || (entry.type === "file" && entry.size === 0);
  return { kind: below === undefined ? "A" : "C", path: entry.path, isDirectory, isEmpty, same: below === "same" };
}

/** From the deepest up: whether a directory counts depends on what is in it. */
function shownOf(nodes: readonly Node[], mounted: readonly string[]): Node[] {
  const places = new Set(mounted.flatMap(withParents));
  /** Directories with something added or deleted that counts, or with anything that does, or with a place for a mount. */
  const [renewed, changed, holding] = [new Set<string>(), new Set<string>(), new Set<string>()];
  return nodes.toReversed().filter((node) => {
    const { kind, path, isDirectory, isEmpty, same } = node;
    const parent = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    const isPlace = kind === "A" && isEmpty && places.has(path) && !changed.has(path);
    const isHolder = kind === "C" && isDirectory && holding.has(path) && !changed.has(path);
    if (isPlace || isHolder) {
      holding.add(parent);
      return false;
    }
    // Copied up for what is in it, and otherwise as it was.
    if (kind === "C" && isDirectory && same && !renewed.has(path)) {
      if (changed.has(path)) changed.add(parent);
      return false;
    }
    changed.add(parent);
    if (kind !== "C") renewed.add(parent);
    return true;
  });
}

function withParents(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
