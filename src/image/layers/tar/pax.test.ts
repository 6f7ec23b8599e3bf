import { describe, expect, test } from "bun:test";
import { readMembers, readOne } from "../../../../test/layers/read-members.ts";
import { archive, file, filled, header, long, pax, records } from "../../../../test/layers/tar-builder.ts";

describe("PAX records", () => {
  test("say more than a header can", () => {
    const member = readOne(
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
    expect(readOne(pax([["mtime", mtime]]), header({ name: "a" }))?.mtime).toEqual(expected);
  });

  test("hold extended attributes, in two spellings", () => {
    const xattrs = readOne(
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
    expect(readMembers(tar).map(({ path, uid }) => `${path} ${uid}`)).toEqual(["a 7", "b 0", "c 8"]);
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
    expect(() => readOne(pax(body), file("a"))).toThrow("extended header at byte 0: the PAX record at its byte 0 lies about its length");
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
    expect(() => readOne(pax(body), file("a"))).toThrow(message);
  });

  test("are refused when they are a flood", () => {
    expect(() => readOne(header({ flag: "x", size: 2 ** 20 + 1 }))).toThrow("it has 1048577 bytes, more than 1048576");
    expect(() => readOne(...Array.from({ length: 17 }, () => pax([["a", "b"]])), file("a"))).toThrow(
      "more than 16 extended headers stand before one entry",
    );
    expect(() => readOne(...Array.from({ length: 17 }, () => long("L", "x")), file("a"))).toThrow("more than 16 extended headers");
    const globals = Array.from({ length: 20 }, (_, index) => pax([[`key${index}`, "x".repeat(60_000)]], "g"));
    expect(() => readOne(...globals, file("a"))).toThrow("the global headers have more than 1048576 bytes");
  });
});
