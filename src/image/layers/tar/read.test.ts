import { describe, expect, test } from "bun:test";
import { readMembers, readOne } from "../../../../test/layers/read-members.ts";
import { archive, directory, file, type Header, header, long, pax } from "../../../../test/layers/tar-builder.ts";
import type { TarMember } from "./member.ts";
import { TarReader } from "./read.ts";

describe("the type flag", () => {
  test.each([
    ["0", "file"],
    ["\0", "file"],
    ["7", "file"],
    ["1", "hardlink"],
    ["2", "symlink"],
    ["3", "char"],
    ["4", "block"],
    ["5", "directory"],
    ["6", "fifo"],
  ])("%j is a %s", (flag, type) => {
    expect(readOne(header({ name: "a", flag, target: "t" }))?.type as string).toBe(type);
  });

  test("of a v7 directory is the slash at the end of its name", () => {
    expect(readOne(header({ name: "a/", flag: "\0", magic: "" }))?.type).toBe("directory");
  });

  test("is refused when nobody knows it", () => {
    expect(() => readOne(header({ name: "a", flag: "Q" }))).toThrow('entry "a": its type "Q" is none that a layer can hold');
    expect(() => readOne(header({ name: "a", flag: "M" }))).toThrow('its type "M"');
  });

  test("of a volume label is passed over", () => {
    expect(readMembers(archive(header({ name: "label", flag: "V" }), file("a"))).map(({ path }) => path as string)).toEqual(["a"]);
  });

  test("of a link, a device or a directory means no data, whatever the size says", () => {
    const tar = archive(header({ name: "l", flag: "1", target: "a", size: 4096 }), file("b", "data"));
    expect(readMembers(tar).map(({ path, size, data }) => [path as string, size, data])).toEqual([
      ["l", 0, ""],
      ["b", 4, "data"],
    ]);
  });
});

describe("numbers", () => {
  const base256 = (bytes: readonly number[], length: number) =>
    Buffer.from([...Array(length - bytes.length).fill(0), ...bytes]).toString("latin1");
  const marked = (bytes: readonly number[], length: number) => `\x80${base256(bytes, length).slice(1)}`;
  test.each<[string, Header, Partial<TarMember>]>([
    ["spaces around them", { uid: "   17 \0\0" }, { uid: 0o17 }],
    ["all of the field", { uid: "77777777" }, { uid: 0o77777777 }],
    ["nothing", { uid: "\0\0\0\0\0\0\0\0" }, { uid: 0 }],
    ["base 256", { uid: marked([1, 0, 0, 0], 8) }, { uid: 0x1000000 }],
    ["a negative time in base 256", { mtime: "\xff".repeat(12) }, { mtime: { seconds: -1, nanoseconds: 0 } }],
    ["the type's bits in the mode", { mode: 0o100755 }, { mode: 0o755 }],
  ])("%s are read", (_, fields, expected) => {
    expect(readOne(header({ name: "a", ...fields }))).toMatchObject(expected);
  });

  test.each<[string, Header, string]>([
    ["letters", { uid: "12x4567\0" }, "the uid is neither octal nor"],
    ["the digit eight", { size: "00000000008\0" }, "the size is neither octal nor"],
    ["a number in two pieces", { gid: "12 34\0\0\0" }, "the gid is neither octal nor"],
    ["a negative size", { size: "\xff".repeat(12) }, "header at byte 0: the size is -1"],
    ["a size beyond all files", { size: `\x80${"\xff".repeat(11)}` }, "the size is neither octal nor a base-256 number that fits"],
    [
      "a size beyond the limit",
      { size: marked([0x10, 0, 0, 0, 0, 1], 12) },
      'entry "a": its size of 17592186044417 bytes is more than 17592186044416',
    ],
    ["a wrong checksum", { lie: 1 }, "header at byte 0: the checksum is not"],
  ])("%s are refused", (_, fields, message) => {
    expect(() => readOne(header({ name: "a", ...fields }))).toThrow(message);
  });

  test("signed checksums are taken too", () => {
    expect(readOne(header({ name: "\xff\xfe", signed: true }))?.path as string).toBe("\xff\xfe");
  });
});

describe("names", () => {
  test("of ustar have a prefix", () => {
    expect(readOne(header({ name: "c", prefix: "a/b" }))?.path as string).toBe("a/b/c");
  });

  test("of star have a short one", () => {
    const raw = [
      [476, "00000000000\0"],
      [488, "00000000000\0"],
      [508, "tar\0"],
    ] as const;
    expect(readOne(header({ name: "c", prefix: "a/b", raw }))?.path as string).toBe("a/b/c");
  });

  test("of GNU have none: times stand there", () => {
    expect(readOne(header({ name: "c", magic: "ustar  \0", raw: [[345, "14604767133\0"]] }))?.path as string).toBe("c");
  });

  test("fill their field without a NUL", () => {
    expect(readOne(header({ name: "x".repeat(100) }))?.path as string).toBe("x".repeat(100));
  });

  test("are long by GNU's headers", () => {
    const [name, target] = ["n/".repeat(150), "t/".repeat(150)];
    expect(readOne(long("K", target), long("L", name), header({ flag: "2", magic: "ustar  \0" }))).toMatchObject({ path: name, target });
  });

  test("are long by PAX records, and no UTF-8 by hdrcharset", () => {
    const path = "\xff".repeat(300);
    expect(
      readOne(
        pax([
          ["hdrcharset", "BINARY"],
          ["path", path],
          ["linkpath", "\xfe"],
        ]),
        header({ flag: "2" }),
      ),
    ).toMatchObject({ path, target: "\xfe" });
  });
});

describe("the archive", () => {
  const members = [directory("d"), file("d/f", "x".repeat(1000)), pax([["path", "long"]]), file("short", "y".repeat(512)), file("empty")];
  const whole = readMembers(archive(...members));

  test("is read the same in pieces of any size", () => {
    for (const step of [1, 7, 511, 512, 513, 1536]) expect(readMembers(archive(...members), step)).toEqual([...whole]);
  });

  test("may end without blocks of zeros, or with one", () => {
    expect(readMembers(Buffer.concat(members))).toEqual([...whole]);
    expect(readMembers(Buffer.concat([...members, Buffer.alloc(512)]))).toEqual([...whole]);
  });

  test("ends at two blocks of zeros, whatever follows", () => {
    expect(readMembers(Buffer.concat([archive(...members), file("hidden"), Buffer.from("garbage")]))).toEqual([...whole]);
  });

  test("is refused when something follows a single block of zeros", () => {
    expect(() => readMembers(Buffer.concat([file("a"), Buffer.alloc(512), file("b")]))).toThrow(
      "header at byte 1024: a single block of zeros stands before it",
    );
  });

  test("may end with a file's last byte, as umoci's do, but no sooner", () => {
    const bytes = Buffer.concat([file("f", "x".repeat(1000))]);
    expect(readMembers(bytes.subarray(0, 1512))).toEqual(readMembers(bytes));
    expect(() => readMembers(bytes.subarray(0, 1511))).toThrow("the archive is cut short");
  });

  test("is refused wherever it is cut inside a member", () => {
    const bytes = Buffer.concat(members);
    const edges = new Set([0, 512, 2048, 4096, 4608]);
    for (let end = 0; end < bytes.length; end += 64) {
      if (edges.has(end)) readMembers(bytes.subarray(0, end));
      else expect(() => readMembers(bytes.subarray(0, end))).toThrow(`byte ${end}: the archive is cut short`);
    }
  });

  test("is refused when nothing follows an extended header", () => {
    expect(() => readMembers(pax([["path", "a"]]))).toThrow("the archive is cut short");
    expect(() => readMembers(archive(pax([["path", "a"]])))).toThrow("no entry follows the extended header");
  });

  test("is refused when it is something else", () => {
    expect(() => readMembers(Buffer.from("no tar at all ".repeat(100)))).toThrow("this is no tar, or a damaged one");
  });

  test("waits where its handler says so, and only there", async () => {
    const told: string[] = [];
    let busy = false;
    const slow = (what: string) => {
      expect(busy).toBe(false);
      busy = true;
      return new Promise<void>((resolve) =>
        setImmediate(() => {
          busy = false;
          told.push(what);
          resolve();
        }),
      );
    };
    const reader = new TarReader({
      member: ({ path }) => slow(path),
      data: (chunk) => (chunk.length > 600 ? slow(`${chunk.length}`) : undefined),
    });
    await reader.feed(archive(...members));
    reader.end();
    expect(told).toEqual(["d", "d/f", "1000", "long", "empty"]);
  });

  test("hands data on without copying them", () => {
    const bytes = archive(file("a", "x".repeat(600)));
    const buffers: ArrayBufferLike[] = [];
    new TarReader({ member: () => undefined, data: ({ buffer }) => void buffers.push(buffer) }).feed(bytes);
    expect(buffers).toEqual([bytes.buffer]);
  });
});
