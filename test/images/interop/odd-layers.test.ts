// Layers as few programs make them, but some do: directories without an entry of their own, whiteouts of what is not there or is there
// again, in opaque directories, before and after what they are about. The tree is the one that umoci makes, with root and without.
import { expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, hexOf } from "../../../src/base/digest.ts";
import { archive, directory, file, header } from "../../layers/tar-builder.ts";
import { requires } from "../../support/requires.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";
import { differences, readTree, type Tree } from "../../support/tree-facts.ts";
import { tester } from "../../support/user.ts";
import { ONE, type Packed, writeLayout } from "./hard-image.ts";
import { openTeu } from "./teu.ts";

setDefaultTimeout(60_000);
const { test, missing } = requires("root", "userns", "tester", "subids", "newuidmap", "overlay", "python3", "umoci");
const user = missing.length > 0 ? undefined : tester();

const MTIME = 1_580_608_922;
const made = { mtime: MTIME };
const dir = (name: string, mode = 0o755, uid = 0) => directory(name, { ...made, mode, uid, gid: uid });
const plain = (name: string, data = "") => file(name, data, made);

const BELOW = [
  ...[dir("./", 0o711, 3), dir("private/", 0o2700, 7), dir("private/deep/", 0o700, 9), dir("private/deep/er/", 0o700, 10)],
  ...[dir("some/", 0o750, 5), plain("some/one", "1"), plain("some/two", "2"), plain("both", "old"), plain("again", "old")],
  ...[dir("opaque/", 0o711, 5), plain("opaque/old"), dir("late/"), dir("late/sub/"), plain("late/sub/old"), dir("dir/"), plain("dir/in")],
  ...[plain("file"), dir("kind/"), plain("kind/in"), header({ name: "link", flag: "2", target: "some", ...made })],
];

const ABOVE = [
  // Directories of the layer below without an entry: they stay as they were.
  ...[plain("private/deep/new"), plain("private/deep/er/new"), plain("some/three")],
  ...[plain("some/.wh.one"), plain(".wh.never"), plain("private/.wh.never")],
  // What takes its own name's place, whichever comes first.
  ...[
    plain(".wh.again"),
    plain("again", "new"),
    plain("both", "new"),
    plain(".wh.both"),
    plain(".wh.dir"),
    dir("dir/", 0o700),
    plain("dir/new"),
  ],
  ...[plain("opaque/.wh..wh..opq"), plain("opaque/.wh.old"), plain("opaque/new"), plain("late/sub/new"), plain("late/.wh..wh..opq")],
  ...[dir("late/sub/"), dir("own/"), plain("own/f"), plain("own/.wh.f"), plain("own/.wh.never")],
  ...[dir("file/"), plain("file/now"), plain("kind", "file"), dir("link/"), plain("link/own")],
];

/** Writes an image of plain layers. @returns its name for programs */
function writeImage(roots: TestRoots, ...layers: readonly (readonly Buffer[])[]): string {
  const [layout, blobs] = [roots.path("layout"), roots.path("layout/blobs/sha256")];
  mkdirSync(blobs, { recursive: true });
  const packed = layers.map((members): Packed => {
    const tar = archive(...members);
    const digest = digestOf(tar);
    writeFileSync(join(blobs, hexOf(digest)), tar);
    return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, diffId: digest, size: tar.length };
  });
  writeLayout(layout, blobs, packed);
  return `${layout}:${ONE}`;
}

/** Trees with root, without it, and by umoci. */
async function trees(roots: TestRoots, ...layers: readonly (readonly Buffer[])[]): Promise<readonly [Tree, Tree, Tree]> {
  const name = writeImage(roots, ...layers);
  const ofRoot = openTeu({ ...roots, root: roots.path("of-root"), runRoot: roots.path("of-root-run") });
  const ofUser = openTeu(roots, user);
  for (const teu of [ofRoot, ofUser]) await teu.copy(`oci:${name}`, "odd:1");
  await runOk(["umoci", "unpack", "--image", name, roots.path("bundle")]);
  return [await ofRoot.tree("odd:1"), await ofUser.tree("odd:1"), await readTree(roots.path("bundle/rootfs"))];
}

const options = user === undefined ? {} : { owner: user };

test("a layer without entries for directories, with whiteouts in every place, on one that has them all", () =>
  withRoots(async (roots) => {
    const [root, rootless, umoci] = await trees(roots, BELOW, ABOVE);
    expect(differences(root, umoci)).toEqual({});
    expect(differences(rootless, umoci)).toEqual({});
    expect(root.get("private/deep")).toMatchObject({ mode: "700", uid: 9, mtime: `${MTIME}000000000` });
    expect([...root.keys()].filter((name) => /never|old$|\.wh\./.test(name))).toEqual([]);
  }, options));

test("a layer of whiteouts at the bottom is an empty tree", () =>
  withRoots(async (roots) => {
    const [root, rootless, umoci] = await trees(roots, [dir("./"), dir("d/"), plain("d/.wh.a"), plain(".wh.b")]);
    expect([...root.keys()]).toEqual(["", "d"]);
    expect(differences(root, umoci)).toEqual({});
    expect(differences(rootless, umoci)).toEqual({});
  }, options));

test("a directory that takes a whiteout's place by what is in it shows nothing of the one below", () =>
  withRoots(async (roots) => {
    const above = [plain(".wh.dir"), plain("dir/new")];
    const [root, rootless] = await trees(roots, BELOW, above);
    expect([...root.keys()].filter((name) => name.startsWith("dir"))).toEqual(["dir", "dir/new"]);
    expect([...rootless.keys()]).toEqual([...root.keys()]);
  }, options));

test("a hard link to the layer below is refused by name, and nothing of the image stays", () =>
  withRoots(async (roots) => {
    const name = writeImage(roots, BELOW, [header({ name: "other", flag: "1", target: "both", ...made })]);
    const teu = openTeu(roots, user);
    expect(await teu.tryCall("image", "copy", `oci:${name}`, "odd:1")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('entry "other": it is a hard link to "both", which is no file of this layer'),
    });
    expect(await teu.call("images", "--all", "--quiet")).toBe("");
  }, options));
