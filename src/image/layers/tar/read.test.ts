import { describe, expect, test } from "bun:test";
import { archive, directory, file, filled, type Header, header, long, pax, records } from "../../../../test/layers/tar-builder.ts";
import type { LayerLimits } from "../limits.ts";
import type { TarMember } from "./member.ts";
import { TarReader } from "./read.ts";

/** Members with their data, fed `step` bytes at a time. */
function read(bytes: Buffer, step = bytes.length, limits: Partial<LayerLimits> = {}): readonly (TarMember & { readonly data: string })[] {
  const found: (TarMember & { data: string })[] = [];
  const reader = new TarReader(
    {
      member: (member) => void found.push({ ...member, data: "" }),
      data: (chunk) => {
        const last = found.at(-1);
        if (last !== undefined) last.data += Buffer.from(chunk).toString("latin1");
        return undefined;
      },
    },
    limits,
  );
  for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step));
  reader.end();
  return found;
}

const one = (...members: readonly Buffer[]) => read(archive(...members))[0];

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
    expect(one(header({ name: "a", flag, target: "t" }))?.type as string).toBe(type);
  });

  test("of a v7 directory is the slash at the end of its name", () => {
    expect(one(header({ name: "a/", flag: "\0", magic: "" }))?.type).toBe("directory");
  });

  test("is refused when nobody knows it", () => {
    expect(() => one(header({ name: "a", flag: "Q" }))).toThrow('entry "a": its type "Q" is none that a layer can hold');
    expect(() => one(header({ name: "a", flag: "M" }))).toThrow('its type "M"');
  });

  test("of a volume label is passed over", () => {
    expect(read(archive(header({ name: "label", flag: "V" }), file("a"))).map(({ path }) => path as string)).toEqual(["a"]);
  });

  test("of a link, a device or a directory means no data, whatever the size says", () => {
    const tar = archive(header({ name: "l", flag: "1", target: "a", size: 4096 }), file("b", "data"));
    expect(read(tar).map(({ path, size, data }) => [path as string, size, data])).toEqual([
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
    expect(one(header({ name: "a", ...fields }))).toMatchObject(expected);
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
    expect(() => one(header({ name: "a", ...fields }))).toThrow(message);
  });

  test("signed checksums are taken too", () => {
    expect(one(header({ name: "\xff\xfe", signed: true }))?.path as string).toBe("\xff\xfe");
  });
});

describe("names", () => {
  test("of ustar have a prefix", () => {
    expect(one(header({ name: "c", prefix: "a/b" }))?.path as string).toBe("a/b/c");
  });

  test("of star have a short one", () => {
    const raw = [
      [476, "00000000000\0"],
      [488, "00000000000\0"],
      [508, "tar\0"],
    ] as const;
    expect(one(header({ name: "c", prefix: "a/b", raw }))?.path as string).toBe("a/b/c");
  });

  test("of GNU have none: times stand there", () => {
    expect(one(header({ name: "c", magic: "ustar  \0", raw: [[345, "14604767133\0"]] }))?.path as string).toBe("c");
  });

  test("fill their field without a NUL", () => {
    expect(one(header({ name: "x".repeat(100) }))?.path as string).toBe("x".repeat(100));
  });

  test("are long by GNU's headers", () => {
    const [name, target] = ["n/".repeat(150), "t/".repeat(150)];
    expect(one(long("K", target), long("L", name), header({ flag: "2", magic: "ustar  \0" }))).toMatchObject({ path: name, target });
  });

  test("are long by PAX records, and no UTF-8 by hdrcharset", () => {
    const path = "\xff".repeat(300);
    expect(
      one(
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

describe("PAX records", () => {
  test("say more than a header can", () => {
    const member = one(
      pax([
        ["uid", "4000000000"],
        ["gid", "5"],
        ["mtime", "1.5"],
        ["size", "3"],
      ]),
      header({ name: "a" }),
      filled("abc"),
    );
    expect(member).toMatchObject({ uid: 4000000000, gid: 5, mtime: { seconds: 1, nanoseconds: 500_000_000 }, size: 3, data: "abc" });
  });

  test.each([
    ["0", { seconds: 0, nanoseconds: 0 }],
    ["12.", { seconds: 12, nanoseconds: 0 }],
    ["-1", { seconds: -1, nanoseconds: 0 }],
    ["-1.25", { seconds: -2, nanoseconds: 750_000_000 }],
    ["-0.1", { seconds: -1, nanoseconds: 900_000_000 }],
    ["-0.0", { seconds: 0, nanoseconds: 0 }],
    ["1.123456789123", { seconds: 1, nanoseconds: 123_456_789 }],
  ])("of the time %s are read", (mtime, expected) => {
    expect(one(pax([["mtime", mtime]]), header({ name: "a" }))?.mtime).toEqual(expected);
  });

  test("hold extended attributes, in two spellings", () => {
    const xattrs = one(
      pax([
        ["SCHILY.xattr.user.a", "\0\xff"],
        ["LIBARCHIVE.xattr.user.a", "other"],
        ["LIBARCHIVE.xattr.user.b%3Dc", "aGk="],
        ["SCHILY.xattr.user.empty", ""],
      ]),
      header({ name: "a" }),
    )?.xattrs;
    expect(xattrs?.map(({ name, value }) => `${name}: ${Buffer.from(value).toString("latin1")}`)).toEqual([
      "user.a: \0\xff",
      "user.b=c: hi",
      "user.empty: ",
    ]);
  });

  test("that are global hold for all that follow, unless one says otherwise, and never for names", () => {
    const tar = archive(
      pax(
        [
          ["uid", "7"],
          ["path", "everybody"],
          ["size", "99"],
        ],
        "g",
      ),
      file("a"),
      pax([["uid", ""]]),
      file("b"),
      pax([["uid", "8"]]),
      file("c"),
    );
    expect(read(tar).map(({ path, uid }) => `${path} ${uid}`)).toEqual(["a 7", "b 0", "c 8"]);
  });

  test.each([
    ["longer than the header", "30 path=a\n"],
    ["shorter than the record", "5 path=abc\n"],
    ["zero", "0 path=a\n"],
    ["of no digits", "x path=a\n"],
    ["negative", "-9 path=a\n"],
    ["without end", `${"9".repeat(100)} path=a\n`],
    ["missing", "path=a\n"],
  ])("are refused when the length is %s", (_, body) => {
    expect(() => one(pax(body), file("a"))).toThrow("extended header at byte 0: the PAX record at its byte 0 lies about its length");
  });

  test.each([
    ["without a key", records([["", "x"]]), "has no key"],
    ["without an equals sign", "8 path\n\n", "has no key"],
    ["with a NUL in the path", records([["path", "a\0b"]]), "the PAX record path holds a NUL byte"],
    ["with a NUL in the key", records([["a\0b", "c"]]), "the key of a PAX record holds a NUL byte"],
    ["with a negative size", records([["size", "-1"]]), 'entry "a": the PAX record size is no whole number that fits'],
    ["with a size beyond numbers", records([["size", "9".repeat(30)]]), "the PAX record size is no whole number that fits"],
    ["with a time that is none", records([["mtime", "1e9"]]), "the PAX record mtime is no time"],
    ["with a character set of its own", records([["hdrcharset", "EBCDIC"]]), "hdrcharset is neither BINARY nor UTF-8"],
    ["with attribute names in a wrong code", records([["LIBARCHIVE.xattr.%zz", ""]]), "is not in URL encoding"],
  ])("are refused %s", (_, body, message) => {
    expect(() => one(pax(body), file("a"))).toThrow(message);
  });

  test("are refused when they are a flood", () => {
    expect(() => one(header({ flag: "x", size: 2 ** 20 + 1 }))).toThrow("it has 1048577 bytes, more than 1048576");
    expect(() => one(...Array.from({ length: 17 }, () => pax([["a", "b"]])), file("a"))).toThrow(
      "more than 16 extended headers stand before one entry",
    );
    expect(() => one(...Array.from({ length: 17 }, () => long("L", "x")), file("a"))).toThrow("more than 16 extended headers");
    const globals = Array.from({ length: 20 }, (_, index) => pax([[`key${index}`, "x".repeat(60_000)]], "g"));
    expect(() => one(...globals, file("a"))).toThrow("the global headers have more than 1048576 bytes");
  });
});

describe("sparse files", () => {
  const extents = [
    { offset: 2, length: 3 },
    { offset: 8, length: 1 },
  ];
  const sparse = { size: 10, extents, data: "abcd" };
  const v0 = [
    ["GNU.sparse.size", "10"],
    ["GNU.sparse.numblocks", "2"],
  ] as const;
  const v1 = [
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.realsize", "10"],
    ["GNU.sparse.name", "real"],
  ] as const;
  const octal = (value: number) => `${value.toString(8).padStart(11, "0")}\0`;

  test("of format 0.0 are read", () => {
    const turns = [
      ["GNU.sparse.offset", "2"],
      ["GNU.sparse.numbytes", "3"],
      ["GNU.sparse.offset", "8"],
      ["GNU.sparse.numbytes", "1"],
    ] as const;
    expect(one(pax([...v0, ...turns]), file("a", "abcd"))).toMatchObject(sparse);
  });

  test("of format 0.1 are read", () => {
    expect(one(pax([...v0, ["GNU.sparse.map", "2,3,8,1"], ["GNU.sparse.name", "real"]]), file("a", "abcd"))).toMatchObject({
      ...sparse,
      path: "real",
    });
  });

  test("of format 1.0 are read", () => {
    const data = `${filled("2\n2\n3\n8\n1\n").toString("latin1")}abcd`;
    expect(one(pax([...v1]), file("a", data))).toMatchObject({ ...sparse, path: "real" });
  });

  test("of format 1.0 are read when the map fills blocks", () => {
    const count = 200;
    const map = Array.from({ length: count }, (_, index) => `${1000 + 2 * index}\n1\n`).join("");
    const body = `${filled(`${count}\n${map}`).toString("latin1")}${"x".repeat(count)}`;
    const member = one(
      pax([
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.realsize", "5000"],
      ]),
      file("a", body),
    );
    expect(member).toMatchObject({ size: 5000, data: "x".repeat(count) });
    expect(member?.extents).toHaveLength(count);
  });

  test("of the old GNU format are read, with blocks of more ranges", () => {
    const ranges = Array.from({ length: 26 }, (_, index) => octal(index * 2) + octal(1));
    const more = Buffer.alloc(512);
    more.write(ranges.slice(4, 25).join(""), 0, "latin1");
    more.write("\x01", 504, "latin1");
    const last = Buffer.alloc(512);
    last.write(ranges[25] ?? "", 0, "latin1");
    const raw = [
      [386, ranges.slice(0, 4).join("")],
      [482, "\x01"],
      [483, octal(60)],
    ] as const;
    const tar = archive(header({ name: "a", flag: "S", size: 26, magic: "ustar  \0", raw }), more, last, filled("y".repeat(26)), file("b"));
    const [member, after] = read(tar, 7);
    expect(member).toMatchObject({ size: 60, data: "y".repeat(26) });
    expect(member?.extents?.at(-1)).toEqual({ offset: 50, length: 1 });
    expect(after?.path as string).toBe("b");
  });

  test("lose their empty ranges", () => {
    expect(one(pax([...v0, ["GNU.sparse.map", "0,4,10,0"]]), file("a", "abcd"))?.extents).toEqual([{ offset: 0, length: 4 }]);
  });

  test.each<[string, readonly (readonly [string, string])[], string, string]>([
    ["overlap", [...v0, ["GNU.sparse.map", "0,3,2,1"]], "abcd", "the ranges of the sparse map overlap or are out of order"],
    ["go backwards", [...v0, ["GNU.sparse.map", "8,1,2,3"]], "abcd", "overlap or are out of order"],
    ["go beyond the size", [...v0, ["GNU.sparse.map", "2,3,10,1"]], "abcd", "the sparse map goes beyond the size of 10 bytes"],
    ["tell of more than is stored", [...v0, ["GNU.sparse.map", "2,3,8,2"]], "abcd", "the sparse map tells of 5 bytes, 4 are stored"],
    ["are not as many as said", [...v0, ["GNU.sparse.map", "2,4"]], "abcd", "GNU.sparse.numblocks is not the number of ranges"],
    ["are no numbers", [...v0, ["GNU.sparse.map", "2,-3,8,1"]], "abcd", "the sparse map holds what is no number"],
    ["do not take turns", [...v0, ["GNU.sparse.offset", "1"], ["GNU.sparse.offset", "2"]], "abcd", "do not take turns"],
    [
      "have no size",
      [
        ["GNU.sparse.numblocks", "1"],
        ["GNU.sparse.map", "0,4"],
      ],
      "abcd",
      "GNU.sparse.size is missing",
    ],
    [
      "are of a format to come",
      [
        ["GNU.sparse.major", "2"],
        ["GNU.sparse.minor", "0"],
      ],
      "abcd",
      "none of 0.0, 0.1 and 1.0",
    ],
    ["are too many", v1, filled("100001\n").toString("latin1"), "the sparse map has 100001 ranges, more than 100000"],
    ["never end", v1, "1\n", "the sparse map is longer than what is stored"],
    ["are a line without end", v1, "1".repeat(512), "a line of the sparse map is longer than a number"],
  ])("are refused when their ranges %s", (_, values, data, message) => {
    expect(() => one(pax(values), file("a", data))).toThrow(message);
  });
});

describe("the archive", () => {
  const members = [directory("d"), file("d/f", "x".repeat(1000)), pax([["path", "long"]]), file("short", "y".repeat(512)), file("empty")];
  const whole = read(archive(...members));

  test("is read the same in pieces of any size", () => {
    for (const step of [1, 7, 511, 512, 513, 1536]) expect(read(archive(...members), step)).toEqual([...whole]);
  });

  test("may end without blocks of zeros, or with one", () => {
    expect(read(Buffer.concat(members))).toEqual([...whole]);
    expect(read(Buffer.concat([...members, Buffer.alloc(512)]))).toEqual([...whole]);
  });

  test("ends at two blocks of zeros, whatever follows", () => {
    expect(read(Buffer.concat([archive(...members), file("hidden"), Buffer.from("garbage")]))).toEqual([...whole]);
  });

  test("is refused when something follows a single block of zeros", () => {
    expect(() => read(Buffer.concat([file("a"), Buffer.alloc(512), file("b")]))).toThrow(
      "header at byte 1024: a single block of zeros stands before it",
    );
  });

  test("is refused wherever it is cut inside a member", () => {
    const bytes = Buffer.concat(members);
    const edges = new Set([0, 512, 2048, 4096, 4608]);
    for (let end = 0; end < bytes.length; end += 64) {
      if (edges.has(end)) read(bytes.subarray(0, end));
      else expect(() => read(bytes.subarray(0, end))).toThrow(`byte ${end}: the archive is cut short`);
    }
  });

  test("is refused when nothing follows an extended header", () => {
    expect(() => read(pax([["path", "a"]]))).toThrow("the archive is cut short");
    expect(() => read(archive(pax([["path", "a"]])))).toThrow("no entry follows the extended header");
  });

  test("is refused when it is something else", () => {
    expect(() => read(Buffer.from("no tar at all ".repeat(100)))).toThrow("this is no tar, or a damaged one");
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
