// What the layers below have at a name. Two things ask: directories that a layer has files in but no entry for (image-spec 1.1 layer.md
// leaves their attributes open, and an overlay shows those of the upper-most layer: they get what the layers below say of them, as if the
// layer had been applied on top of those), and whiteouts, which overlayfs hides only in a directory that it merges with one below.
import { type BigIntStats, lstatSync } from "node:fs";
import { type ByteString, toBytes } from "../../base/byte-string.ts";
import { failedWith } from "../../base/file-errno.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";

export interface IdMaps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

export interface BelowOptions {
  /** Of the user namespace that owns the files, where there is one: owners are said as it counts them. */
  readonly maps?: IdMaps | undefined;
  /** The entries of a tree, without contents, also where only that namespace may look. */
  readonly read: (tree: string) => AsyncIterable<TreeEntry>;
}

/** Finished trees, which change no more. */
export class LayersBelow {
  readonly #trees: readonly string[];
  readonly #options: BelowOptions;
  readonly #found = new Map<ByteString, Promise<TreeEntry | undefined>>();

  /** @param trees the upper-most first */
  constructor(trees: readonly string[], options: BelowOptions) {
    this.#trees = trees;
    this.#options = options;
  }

  /** The directory of a path, `""` for the root, as an entry of its own; undefined where none is to be seen. */
  directory(path: ByteString): Promise<TreeEntry | undefined> {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = this.#find(path);
    this.#found.set(path, found);
    return found;
  }

  async #find(path: ByteString): Promise<TreeEntry | undefined> {
    for (const tree of this.#trees) {
      const found = await this.#lookIn(tree, path);
      if (found !== "absent") return found;
    }
    return undefined;
  }

  /** What a tree says of a path, each part looked at by itself, so that no link of an image is followed; undefined: no directory. */
  async #lookIn(tree: string, path: ByteString): Promise<TreeEntry | undefined | "absent"> {
    let at: Buffer = Buffer.from(tree);
    let stats = lstatSync(at, { bigint: true });
    for (const part of path === "" ? [] : path.split("/")) {
      at = Buffer.concat([at, Buffer.from("/"), toBytes(part as ByteString)]);
      try {
        stats = lstatSync(at, { bigint: true });
      } catch (error) {
        if (failedWith(error, "ENOENT")) return "absent";
        // A directory that only a user of the namespace may look into.
        if (failedWith(error, "EACCES")) return this.#readIn(tree, path);
        throw error;
      }
      if (!stats.isDirectory()) return undefined;
    }
    return entryOf(path, stats, this.#options.maps);
  }

  async #readIn(tree: string, path: ByteString): Promise<TreeEntry | undefined | "absent"> {
    for await (const { type, mode, uid, gid, mtime, ...entry } of this.#options.read(tree)) {
      if (entry.path === path) return type === "directory" ? { path, type, mode, uid, gid, mtime, size: 0 } : undefined;
      if (type !== "directory" && path.startsWith(`${entry.path}/`)) return undefined;
    }
    return "absent";
  }
}

function entryOf(path: ByteString, stats: BigIntStats, maps: IdMaps | undefined): TreeEntry {
  const second = 1_000_000_000n;
  const nanoseconds = ((stats.mtimeNs % second) + second) % second;
  return {
    path,
    type: "directory",
    mode: Number(stats.mode) & 0o7777,
    uid: containerId(Number(stats.uid), maps?.uids),
    gid: containerId(Number(stats.gid), maps?.gids),
    mtime: { seconds: Number((stats.mtimeNs - nanoseconds) / second), nanoseconds: Number(nanoseconds) },
    size: 0,
  };
}

/** A host's id as a user namespace counts it (user_namespaces(7)); root where it has none. */
function containerId(id: number, mappings: readonly IdMapping[] | undefined): number {
  if (mappings === undefined) return id;
  const mapping = mappings.find(({ hostID, size }) => id >= hostID && id < hostID + size);
  return mapping === undefined ? 0 : id - mapping.hostID + mapping.containerID;
}
