import { expect, test } from "bun:test";
import { byteString } from "../../base/byte-string.ts";
import type { EntryType } from "../../spec/tree-entry.ts";
import { changesOf, type LayerItem } from "./changes.ts";

/** `d etc same`, `f etc/x other`, `f new 5`, `w gone`: kind, path, what is below (or the size of what is new). */
async function* items(...lines: readonly string[]): AsyncGenerator<LayerItem> {
  for (const line of lines) {
    const [letter = "", path = "", more = ""] = line.split(" ");
    if (letter === "w") yield { kind: "whiteout", path: byteString(path) };
    else {
      const type: EntryType = letter === "d" ? "directory" : "file";
      const size = /^\d+$/.test(more) ? Number(more) : 0;
      const entry = { path: byteString(path), type, mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size };
      yield { kind: "entry", entry, ...(more === "same" || more === "other" ? { below: more } : {}) };
    }
  }
}

test.each([
  ["an added file", ["d  other", "f new 5"], [], ["A /new"]],
  ["in a directory that was only copied up", ["d etc same", "f etc/new 5"], [], ["A /etc/new", "C /etc"]],
  ["a changed file leaves its directory", ["d etc same", "f etc/passwd other"], [], ["C /etc/passwd"]],
  ["a changed file, its directory too", ["d etc other", "f etc/passwd other"], [], ["C /etc", "C /etc/passwd"]],
  ["a deleted file", ["d etc other", "w etc/motd"], [], ["C /etc", "D /etc/motd"]],
  ["deep", ["d a same", "d a/b same", "f a/b/c 0"], [], ["A /a/b/c", "C /a/b"]],
  ["places of mounts", ["d dev", "d dev/pts", "d etc other", "f etc/hosts 0", "d proc", "d sys"], [], []],
  ["a file that came to such a place", ["d etc other", "f etc/hosts 0", "f etc/x 0"], [], ["A /etc/x", "C /etc"]],
  ["a place that was filled", ["d proc", "f proc/x 0"], [], ["A /proc", "A /proc/x"]],
  ["a volume", ["d data", "d data/db"], ["/data/db"], []],
  ["beside a volume", ["d data", "d data/db", "f data/x 1"], ["/data/db"], ["A /data", "A /data/x"]],
] as const)("%s", async (_, layer, mounted, expected) => {
  const changes = await changesOf(items(...layer), mounted);
  expect(changes.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([...expected].sort());
});

test("sorted by path", async () => {
  const changes = await changesOf(items("f b 1", "f a 1", "d a.d", "f a.d/x 1"), []);
  expect(changes.map(({ path }) => String(path))).toEqual(["/a", "/a.d", "/a.d/x", "/b"]);
});
