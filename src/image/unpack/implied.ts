// Directories that a layer has files in but no entry for: image-spec 1.1 layer.md leaves their attributes open, and an overlay shows those
// of the upper-most layer. So they are given what the layers below say of them, as if the layer had been applied on top of those.
import { lstatSync, type Stats } from "node:fs";
import { type ByteString, toBytes } from "../../base/byte-string.ts";
import { failedWith } from "../../base/file-errno.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";

export interface IdMaps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/**
 * Entries that give implied directories the attributes of the layers below.
 * @param paths of the directories, `""` for the root
 * @param below trees of the layers below, the upper-most first; they are finished and change no more
 * @param maps of the user namespace that owns the files, where there is one: owners are said as it counts them
 */
export function impliedEntries(paths: readonly ByteString[], below: readonly string[], maps?: IdMaps): TreeEntry[] {
  return paths.flatMap((path) => {
    const stats = findDirectory(path, below);
    return stats === undefined ? [] : [entryOf(path, stats, maps)];
  });
}

function findDirectory(path: ByteString, below: readonly string[]): Stats | undefined {
  for (const tree of below) {
    const found = directoryIn(tree, path);
    if (found !== "absent") return found;
  }
  return undefined;
}

/** What a tree says of a path, each part looked at by itself, so that no link of an image is followed; undefined: no directory. */
function directoryIn(tree: string, path: ByteString): Stats | undefined | "absent" {
  let at: Buffer = Buffer.from(tree);
  let stats = lstatSync(at);
  for (const part of path === "" ? [] : path.split("/")) {
    at = Buffer.concat([at, Buffer.from("/"), toBytes(part as ByteString)]);
    try {
      stats = lstatSync(at);
    } catch (error) {
      if (failedWith(error, "ENOENT")) return "absent";
      throw error;
    }
    if (!stats.isDirectory()) return undefined;
  }
  return stats;
}

function entryOf(path: ByteString, stats: Stats, maps: IdMaps | undefined): TreeEntry {
  const milliseconds = stats.mtimeMs;
  const seconds = Math.floor(milliseconds / 1000);
  return {
    path,
    type: "directory",
    mode: stats.mode & 0o7777,
    uid: containerId(stats.uid, maps?.uids),
    gid: containerId(stats.gid, maps?.gids),
    mtime: { seconds, nanoseconds: Math.trunc((milliseconds - seconds * 1000) * 1e6) },
    size: 0,
  };
}

/** A host's id as a user namespace counts it (user_namespaces(7)); root where it has none. */
function containerId(id: number, mappings: readonly IdMapping[] | undefined): number {
  if (mappings === undefined) return id;
  const mapping = mappings.find(({ hostID, size }) => id >= hostID && id < hostID + size);
  return mapping === undefined ? 0 : id - mapping.hostID + mapping.containerID;
}
