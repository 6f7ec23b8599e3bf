import { describe, expect, test } from "bun:test";
import { RecordSink, SlowSink } from "../../../test/layers/record-sink.ts";
import { archive, directory, file, type Header, header, pax } from "../../../test/layers/tar-builder.ts";
import type { TreeSink } from "../../spec/tree-entry.ts";
import { LayerEntries } from "./layer-entries.ts";
import type { LayerLimits } from "./limits.ts";
import { TarReader } from "./tar/read.ts";

async function apply(members: readonly Buffer[], limits: Partial<LayerLimits> = {}, wrap = (sink: TreeSink) => sink): Promise<RecordSink> {
  const sink = new RecordSink();
  const entries = new LayerEntries(wrap(sink), limits);
  const reader = new TarReader(entries, limits);
  await reader.feed(archive(...members));
  reader.end();
  await entries.end();
  return sink;
}

const told = async (...members: readonly Buffer[]) => (await apply(members)).told();

describe("names", () => {
  test("are told clean, those of hard links too", async () => {
    const lines = await told(
      directory("./"),
      directory("./etc/"),
      file("/etc/a", "x"),
      header({ name: "etc/b", flag: "1", target: "/etc/./a" }),
    );
    expect(lines).toEqual(["directory ", "directory etc", "file etc/a = x", "hardlink etc/b -> etc/a"]);
  });

  test("that come twice are told twice: the last counts", async () => {
    expect(await told(file("a", "1"), file("./a", "2"), directory("a"))).toEqual(["file a = 1", "file a = 2", "directory a"]);
  });

  test("below a link are told as they are: whoever makes them must not follow it", async () => {
    const lines = await told(header({ name: "link", flag: "2", target: "/etc" }), file("link/passwd", "root"));
    expect(lines).toEqual(["symlink link -> /etc", "file link/passwd = root"]);
  });
});

describe("whiteouts", () => {
  test("take names away, and hide what is below a directory", async () => {
    expect(await told(file("a/.wh.b"), file(".wh.c"), file("d/.wh..wh..opq"), file("e"))).toEqual([
      "opaque d",
      "file e",
      "whiteout a/b",
      "whiteout c",
    ]);
  });

  test("inside an opaque directory are needless, and overlayfs would show their names", async () => {
    expect(await told(file("d/e/.wh.f"), file("d/.wh..wh..opq"), file("d/.wh.g"), file(".wh.d2"))).toEqual(["opaque d", "whiteout d2"]);
    expect(await told(file(".wh.c"), file(".wh..wh..opq"))).toEqual(["opaque "]);
  });

  test("may be of any type and have data, which nobody sees", async () => {
    expect(await told(header({ name: "a/.wh.b", flag: "1", target: "x" }), file(".wh.c", "data"), file("d", "seen"))).toEqual([
      "file d = seen",
      "whiteout a/b",
      "whiteout c",
    ]);
  });

  test("of a directory that the layer then makes hide what was inside", async () => {
    expect(await told(file(".wh.a"), directory("a"), directory("a"), file(".wh.b"), file("b"))).toEqual([
      "directory a",
      "opaque a",
      "directory a",
      "file b",
    ]);
  });

  test("of a directory that the layer then has files in do so too", async () => {
    expect(await told(file(".wh.a"), file("a/b/c", "x"), file("a/d"))).toEqual(["opaque a", "file a/b/c = x", "file a/d"]);
  });

  test("that come after what the layer made itself leave that, and hide what is below", async () => {
    const members = [
      file("a"),
      file(".wh.a"),
      directory("b"),
      file(".wh.b"),
      file("c/d/e"),
      file(".wh.c"),
      file("c/.wh.d"),
      file("c/d/.wh.f"),
    ];
    expect(await told(...members)).toEqual(["file a", "directory b", "opaque b", "file c/d/e", "opaque c", "opaque c/d"]);
  });

  test("of overlayfs are whiteouts too", async () => {
    expect(await told(header({ name: "a", flag: "3" }), header({ name: "b", flag: "3", major: 1, minor: 3 }))).toEqual([
      "char b",
      "whiteout a",
    ]);
  });

  test("of aufs's own files mean nothing", async () => {
    const lines = await told(
      file(".wh..wh.aufs"),
      directory(".wh..wh.plnk"),
      file(".wh..wh.plnk/1.2", "data"),
      file("a/.wh..wh.orph/b"),
      file("c"),
    );
    expect(lines).toEqual(["file c"]);
  });

  test.each([".wh.", "a/.wh..", "a/.wh..."])("named %j are refused", (name) => {
    return expect(told(file(name))).rejects.toThrow("takes away no file");
  });

  test("are no directories", () => {
    return expect(told(file("a/.wh.b/c"))).rejects.toThrow('entry "a/.wh.b/c": it is inside of a whiteout');
  });
});

describe("an entry is refused that", () => {
  test.each<[string, readonly Buffer[], string]>([
    ["climbs out", [file("../../etc/passwd", "x")], 'entry "../../etc/passwd": the name leaves the root by ".."'],
    ["climbs out by a PAX record", [pax([["path", "a/../../b"]]), file("a")], 'entry "a/../../b": the name leaves the root'],
    ["links out", [header({ name: "a", flag: "1", target: "../b" })], 'entry "a": link target "../b": the name leaves the root'],
    [
      "links to the layers below",
      [header({ name: "a", flag: "1", target: "b" })],
      'it is a hard link to "b", which is no file of this layer',
    ],
    ["links to a directory", [directory("b"), header({ name: "a", flag: "1", target: "b" })], "which is no file of this layer"],
    ["links to itself", [header({ name: "a", flag: "1", target: "./a" })], "it is a hard link to itself"],
    ["links to the root", [header({ name: "a", flag: "1", target: "/" })], "it is a hard link to the root of the layer"],
    ["links nowhere", [header({ name: "a", flag: "1" })], "the name is empty"],
    ["points nowhere", [header({ name: "a", flag: "2" })], "it is a symbolic link without a target"],
    ["points too far", [pax([["linkpath", "x".repeat(4096)]]), header({ name: "a", flag: "2" })], "is longer than 4095 bytes"],
    ["makes the root a file", [file("./", "x")], "the root of the layer is a file"],
    ["makes the root a whiteout", [header({ name: "/", flag: "3" })], "the root of the layer is a char"],
    ["has no owner", [pax([["uid", "4294967295"]]), file("a")], "its owner 4294967295:0 is not within 0 to 4294967294"],
    ["has a negative owner", [file("a", "", { gid: "\xff".repeat(8) })], "its owner 0:-1 is not"],
    ["is a device that cannot be", [header({ name: "a", flag: "4", major: 4096 })], "its device 4096:0 is none that Linux can have"],
    [
      "has an attribute without a name",
      [pax([["SCHILY.xattr.", "x"]]), file("a")],
      'its extended attribute "" has a name that Linux does not take',
    ],
    [
      "has an attribute with a long name",
      [pax([[`SCHILY.xattr.user.${"n".repeat(255)}`, "x"]]), file("a")],
      "has a name that Linux does not take",
    ],
    ["has a large attribute", [pax([["SCHILY.xattr.user.a", "x".repeat(65537)]]), file("a")], "has 65537 bytes, more than 65536"],
    [
      "has a flood of attributes",
      [pax(Array.from({ length: 513 }, (_, index) => [`SCHILY.xattr.user.${index}`, ""] as const)), file("a")],
      "it has 513 extended attributes, more than 512",
    ],
  ])("%s", (_, members, message) => {
    return expect(apply(members)).rejects.toThrow(message);
  });
});

test("marks of overlay file systems are not taken from an image, other attributes are", async () => {
  const names = ["trusted.overlay.opaque", "user.overlay.redirect", "user.fuseoverlayfs.opaque", "security.capability", "user.a"];
  const sink = await apply([pax(names.map((name) => [`SCHILY.xattr.${name}`, "y"] as const)), file("a")]);
  expect(sink.entries[0]?.xattrs?.map(({ name }) => name as string)).toEqual(["security.capability", "user.a"]);
});

test("a flood of entries is refused by their number", () => {
  return expect(apply([file("a"), file("b"), file("c")], { entries: 2 })).rejects.toThrow('entry "c": the layer has more than 2 entries');
});

test("a slow sink is never called while it is busy", async () => {
  const members = [file(".wh.d"), directory("d"), file("d/f", "x".repeat(2000)), file("e/.wh..wh..opq")] as const;
  expect((await apply(members, {}, (sink) => new SlowSink(sink))).told()).toEqual(await told(...members));
});

test("owners, modes, times and devices go through as they are", async () => {
  const fields: Header = { name: "a", flag: "4", mode: 0o6755, uid: 1, gid: 2, mtime: 3, major: 8, minor: 1 };
  expect((await apply([header(fields)])).entries).toMatchObject([
    { mode: 0o6755, uid: 1, gid: 2, mtime: { seconds: 3, nanoseconds: 0 }, device: { major: 8, minor: 1 } },
  ]);
});
