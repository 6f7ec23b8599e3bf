import { describe, expect, test } from "bun:test";
import { byteString, toText } from "../../base/byte-string.ts";
import type { EntryType, TreeEntry } from "../../spec/tree-entry.ts";
import { MergedTree } from "../layers/merge.ts";
import { ShownPart } from "./copy-layers.ts";
import { LayerNames } from "./layer-names.ts";

const entry = (path: string, type: EntryType = "file", target?: string): TreeEntry => ({
  ...{ path: byteString(path), type, mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size: 0 },
  ...(target === undefined ? {} : { target: byteString(target) }),
});

/** Layers, bottom to top; a text is a whiteout. */
function namesOf(...layers: readonly (readonly (TreeEntry | string)[])[]): LayerNames {
  const merged = new MergedTree();
  for (const layer of layers) {
    for (const one of layer) typeof one === "string" ? merged.whiteout(byteString(one)) : merged.entry(one);
    merged.endLayer();
  }
  return new LayerNames(merged);
}

describe("a path is found in the layers as a process of the container finds it", () => {
  const names = namesOf(
    [
      entry("etc", "directory"),
      entry("etc/passwd"),
      entry("etc/group"),
      entry("usr", "directory"),
      entry("usr/etc", "directory"),
      entry("usr/etc/accounts"),
      entry("loop", "symlink", "loop"),
      entry("out", "symlink", "../../../etc/passwd"),
      entry("away", "symlink", "/nowhere"),
      entry("conf", "symlink", "usr/../usr/etc/."),
    ],
    [entry("etc", "directory"), "etc/group", entry("etc/passwd", "symlink", "/conf/accounts")],
  );
  for (const { path, want } of [
    { path: "/usr/etc/accounts", want: "0 usr/etc/accounts" },
    { path: "/etc/passwd", want: "0 usr/etc/accounts" },
    { path: "/out", want: "0 usr/etc/accounts" },
    { path: "/etc", want: "1 etc" },
    { path: "/", want: "0 " },
    { path: "/etc/group", want: undefined },
    { path: "/away", want: undefined },
    { path: "/loop", want: undefined },
    { path: "/etc/none/passwd", want: undefined },
  ]) {
    test(`${path} is ${want ?? "not there"}`, () => {
      const found = names.find(path);
      expect(found && `${found.layer} ${toText(found.entry.path)}`).toBe(want);
    });
  }
});

describe("of a layer is copied what is seen of it", () => {
  const lower = [entry("a"), entry("b", "hardlink", "a"), entry("c", "hardlink", "a"), entry("d"), entry("e", "hardlink", "d")];
  for (const { name, upper, want } of [
    { name: "all of it, where nothing lies above", upper: [], want: ["a", "b -> a", "c -> a", "d", "e -> d"] },
    { name: "further names, as the first is taken away", upper: ["a"], want: ["b", "c -> b", "d", "e -> d"] },
    { name: "one name, as the others are another layer's", upper: [entry("a"), entry("b"), "e"], want: ["c", "d"] },
    { name: "nothing of a file that has lost all its names", upper: ["d", "e"], want: ["a", "b -> a", "c -> a"] },
  ]) {
    test(name, () => {
      const told: string[] = [];
      const sink = {
        entry: ({ path, target }: TreeEntry) => void told.push(target === undefined ? path : `${path} -> ${target}`),
        data: (chunk: Uint8Array) => void told.push(`data ${chunk.length}`),
      };
      const links = new Map([
        [byteString("a"), [byteString("b"), byteString("c")]],
        [byteString("d"), [byteString("e")]],
      ]);
      const part = new ShownPart(sink, { names: namesOf(lower, upper), layer: 0, links });
      for (const one of lower) part.entry(one);
      expect(told).toEqual(want);
    });
  }

  test("and no data of a file that is hidden", () => {
    const told: number[] = [];
    const sink = { entry: () => undefined, data: (chunk: Uint8Array) => void told.push(chunk.length) };
    const part = new ShownPart(sink, { names: namesOf(lower, ["a", "b", "c"]), layer: 0, links: new Map() });
    for (const [index, name] of ["a", "d"].entries()) {
      part.entry(entry(name));
      part.data(new Uint8Array(index + 1));
    }
    expect(told).toEqual([2]);
  });
});
