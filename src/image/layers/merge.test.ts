import { describe, expect, test } from "bun:test";
import { archive, directory, file, type Header, header, pax } from "../../../test/layers/tar-builder.ts";
import { digestOf } from "../../base/digest.ts";
import { compareTrees } from "./compare.ts";
import { LayerEntries } from "./layer-entries.ts";
import { MergedTree, type MergeOptions } from "./merge.ts";
import { TarReader } from "./tar/read.ts";

type Layers = readonly (readonly Buffer[])[];

function merge(layers: Layers, options: MergeOptions = {}): MergedTree {
  const tree = new MergedTree(options);
  for (const members of layers) {
    const entries = new LayerEntries(tree);
    const reader = new TarReader(entries);
    reader.feed(archive(...members));
    reader.end();
    void entries.end(); // a tree makes nobody wait
    tree.endLayer();
  }
  return tree;
}

const names = (layers: Layers) => [...merge(layers).entries()].map(({ entry, layer }) => `${entry.path}@${layer}`).slice(1);

const BASE = [directory("d"), file("d/a"), file("d/b"), directory("d/e"), file("d/e/f"), file("z")];

describe("layers are merged", () => {
  test.each<[string, Layers, readonly string[]]>([
    ["one over another", [BASE, [file("d/a"), file("n")]], ["d@0", "d/a@1", "d/b@0", "d/e@0", "d/e/f@0", "n@1", "z@0"]],
    ["with a file gone", [BASE, [file("d/.wh.a")]], ["d@0", "d/b@0", "d/e@0", "d/e/f@0", "z@0"]],
    ["with a directory gone", [BASE, [file(".wh.d")]], ["z@0"]],
    ["with what is not there gone", [BASE, [file("d/.wh.x"), file("x/.wh.y")]], ["d@0", "d/a@0", "d/b@0", "d/e@0", "d/e/f@0", "z@0"]],
    ["with a directory emptied", [BASE, [file("d/.wh..wh..opq"), file("d/n")]], ["d@0", "d/n@1", "z@0"]],
    ["with a directory emptied after it was filled", [BASE, [file("d/n"), file("d/.wh..wh..opq")]], ["d@0", "d/n@1", "z@0"]],
    ["with everything gone", [BASE, [file(".wh..wh..opq"), file("n")]], ["n@1"]],
    ["with a file gone and made in one layer", [BASE, [file(".wh.z"), file("z")]], ["d@0", "d/a@0", "d/b@0", "d/e@0", "d/e/f@0", "z@1"]],
    ["with a file made and gone in one layer", [BASE, [file("z"), file(".wh.z")]], ["d@0", "d/a@0", "d/b@0", "d/e@0", "d/e/f@0", "z@1"]],
    ["with a directory gone and made in one layer", [BASE, [file(".wh.d"), directory("d"), file("d/n")]], ["d@1", "d/n@1", "z@0"]],
    ["with a directory made and gone in one layer", [BASE, [directory("d"), file("d/n"), file(".wh.d")]], ["d@1", "d/n@1", "z@0"]],
    ["with a directory kept", [BASE, [directory("d")]], ["d@1", "d/a@0", "d/b@0", "d/e@0", "d/e/f@0", "z@0"]],
    ["with a directory that became a file", [BASE, [file("d")]], ["d@1", "z@0"]],
    [
      "with a file that became a directory",
      [BASE, [directory("z"), file("z/n")]],
      ["d@0", "d/a@0", "d/b@0", "d/e@0", "d/e/f@0", "z@1", "z/n@1"],
    ],
    ["with directories that nobody tells of", [[file("x/y/z")]], ["x@0", "x/y@0", "x/y/z@0"]],
    ["in the order of a walk", [[file("a-b"), file("a/b"), file("a.b"), file("B")]], ["B@0", "a@0", "a/b@0", "a-b@0", "a.b@0"]],
  ])("%s", (_, layers, expected) => {
    expect(names(layers)).toEqual([...expected]);
  });

  test("a hard link is told as its file, also when that is gone", () => {
    const [, link] = [...merge([[file("a", "abc"), header({ name: "b", flag: "1", target: "a" })], [file(".wh.a")]]).entries()];
    expect(link).toMatchObject({ entry: { path: "b", type: "file", size: 3 }, layer: 0 });
  });

  test("a hard link to nothing is refused", () => {
    expect(() => merge([[header({ name: "b", flag: "1", target: "a" })]])).toThrow('entry "b": it is a hard link to "a", which is no file');
    expect(() => merge([[directory("a"), header({ name: "b", flag: "1", target: "a" })]])).toThrow("which is no file");
  });

  test("contents are digested when asked, those of links once", () => {
    const members = [file("a", "abc"), header({ name: "b", flag: "1", target: "a" }), file("c")];
    expect([...merge([members], { contents: true }).entries()].map(({ content }) => content)).toEqual([
      undefined,
      digestOf("abc"),
      digestOf("abc"),
      digestOf(""),
    ]);
  });
});

describe("trees are compared", () => {
  const changes = (before: Layers, after: Layers, options: MergeOptions = {}) =>
    [...compareTrees(merge(before, options).entries(), merge(after, options).entries())].map(({ kind, path }) => `${kind} ${path}`);
  const changed = (from: Header, to: Header) => changes([[header({ name: "a", ...from })]], [[header({ name: "a", ...to })]]);

  test("the same have no difference", () => {
    expect(changes([BASE], [BASE])).toEqual([]);
    expect(changes([BASE, [file(".wh.z")], [file("z")]], [BASE])).toEqual([]);
  });

  test("what is new is told whole, what is gone by its top", () => {
    expect(changes([BASE], [[file("z"), directory("n"), file("n/m")]])).toEqual(["D d", "A n", "A n/m"]);
    expect(changes([[file("z"), directory("n"), file("n/m")]], [BASE])).toEqual(["A d", "A d/a", "A d/b", "A d/e", "A d/e/f", "D n"]);
  });

  test("a directory's names are compared with its own, whatever stands beside it", () => {
    expect(changes([[file("a/b"), file("a-c")]], [[file("a/c"), file("a-c")]])).toEqual(["D a/b", "A a/c"]);
    expect(changes([[file("a/b"), file("ab")]], [[file("c")]])).toEqual(["D a", "D ab", "A c"]);
  });

  test.each<[string, Header, Header]>([
    ["mode", { mode: 0o644 }, { mode: 0o600 }],
    ["owner", { uid: 1 }, { uid: 2 }],
    ["group", { gid: 1 }, { gid: 2 }],
    ["time", { mtime: 1 }, { mtime: 2 }],
    ["type", { flag: "0" }, { flag: "6" }],
    ["target", { flag: "2", target: "b" }, { flag: "2", target: "c" }],
    ["device", { flag: "4", major: 1 }, { flag: "4", major: 2 }],
    ["a directory's time", { flag: "5", mtime: 1 }, { flag: "5", mtime: 2 }],
  ])("a change of %s is told", (_, from, to) => {
    expect(changed(from, to)).toEqual(["C a"]);
  });

  test("a change of attributes is told", () => {
    const attributed = (value: string) => [[pax([["SCHILY.xattr.user.a", value]]), file("a")]];
    expect(changes(attributed("1"), attributed("2"))).toEqual(["C a"]);
  });

  test("contents count when they are known, times when not", () => {
    const [one, two, later] = [[[file("a", "1")]], [[file("a", "2")]], [[file("a", "1", { mtime: 9 })]]];
    expect(changes(one, two)).toEqual([]);
    expect(changes(one, two, { contents: true })).toEqual(["C a"]);
    expect(changes(one, later)).toEqual(["C a"]);
    expect(changes(one, later, { contents: true })).toEqual([]);
  });

  test("sparse files with the same data at other places differ", () => {
    const sparse = (map: string) => [
      [
        pax([
          ["GNU.sparse.size", "9"],
          ["GNU.sparse.numblocks", "1"],
          ["GNU.sparse.map", map],
        ]),
        file("a", "x"),
      ],
    ];
    expect(changes(sparse("1,1"), sparse("2,1"), { contents: true })).toEqual(["C a"]);
  });
});
