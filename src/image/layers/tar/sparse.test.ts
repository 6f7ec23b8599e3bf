import { describe, expect, test } from "bun:test";
import { readMembers, readOne } from "../../../../test/layers/read-members.ts";
import { archive, file, filled, header, pax } from "../../../../test/layers/tar-builder.ts";

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
    expect(readOne(pax([...v0, ...turns]), file("a", "abcd"))).toMatchObject(sparse);
  });

  test("of format 0.1 are read", () => {
    expect(readOne(pax([...v0, ["GNU.sparse.map", "2,3,8,1"], ["GNU.sparse.name", "real"]]), file("a", "abcd"))).toMatchObject({
      ...sparse,
      path: "real",
    });
  });

  test("of format 1.0 are read", () => {
    const data = `${filled("2\n2\n3\n8\n1\n").toString("latin1")}abcd`;
    expect(readOne(pax([...v1]), file("a", data))).toMatchObject({ ...sparse, path: "real" });
  });

  test("of format 1.0 are read when the map fills blocks", () => {
    const count = 200;
    const map = Array.from({ length: count }, (_, index) => `${1000 + 2 * index}\n1\n`).join("");
    const body = `${filled(`${count}\n${map}`).toString("latin1")}${"x".repeat(count)}`;
    const member = readOne(
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
    const [member, after] = readMembers(tar, 7);
    expect(member).toMatchObject({ size: 60, data: "y".repeat(26) });
    expect(member?.extents?.at(-1)).toEqual({ offset: 50, length: 1 });
    expect(after?.path as string).toBe("b");
  });

  test("lose their empty ranges", () => {
    expect(readOne(pax([...v0, ["GNU.sparse.map", "0,4,10,0"]]), file("a", "abcd"))?.extents).toEqual([{ offset: 0, length: 4 }]);
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
    expect(() => readOne(pax(values), file("a", data))).toThrow(message);
  });
});
