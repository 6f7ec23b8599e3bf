import { describe, expect, test } from "bun:test";
import { readMembers } from "../../../../test/layers/read-members.ts";
import { type ByteString, byteString } from "../../../base/byte-string.ts";
import type { EntryType, TreeEntry } from "../../../spec/tree-entry.ts";
import { TarReader } from "./read.ts";
import { TarWriter } from "./write.ts";

const EPOCH = { seconds: 0, nanoseconds: 0 };

/** An entry with what is not said in its usual form; names are bytes. */
function entry(path: string, type: EntryType, rest: Partial<TreeEntry> = {}): TreeEntry {
  return { path: path as ByteString, type, mode: 0o644, uid: 0, gid: 0, mtime: EPOCH, size: 0, ...rest };
}

async function write(members: readonly (readonly [TreeEntry, ...string[]])[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter((chunk) => void chunks.push(Buffer.from(chunk)));
  for (const [one, ...data] of members) {
    await writer.entry(one);
    for (const chunk of data) await writer.data(Buffer.from(chunk, "latin1"));
  }
  await writer.end();
  return Buffer.concat(chunks);
}

const PLAIN = 3 * 512;
const WITH_RECORDS = PLAIN + 2 * 512;

describe("what is written is read again", () => {
  test.each<[string, TreeEntry, string, number]>([
    ["a file", entry("a", "file", { size: 3, mode: 0o4755, uid: 1, gid: 2, mtime: { seconds: 9, nanoseconds: 0 } }), "abc", PLAIN + 512],
    ["an empty file", entry("a", "file"), "", PLAIN],
    ["a symbolic link", entry("a", "symlink", { target: byteString("../b") }), "", PLAIN],
    ["a hard link", entry("a", "hardlink", { target: byteString("b/c") }), "", PLAIN],
    ["a device", entry("a", "char", { device: { major: 4095, minor: 1048575 } }), "", PLAIN],
    ["a disk", entry("a", "block", { device: { major: 8, minor: 1 } }), "", PLAIN],
    ["a FIFO", entry("a", "fifo"), "", PLAIN],
    ["a name of a hundred bytes", entry("n".repeat(100), "file"), "", PLAIN],
    ["a name in two parts", entry(`${"p".repeat(155)}/${"n".repeat(100)}`, "file"), "", PLAIN],
    ["a name that cannot be cut", entry("n".repeat(101), "file"), "", WITH_RECORDS],
    ["a long name", entry("abc/".repeat(1000).slice(0, -1), "file"), "", WITH_RECORDS + 7 * 512],
    ["a name in UTF-8", entry(byteString("ü/☃\ufffd"), "file"), "", WITH_RECORDS],
    ["a name that is no UTF-8", entry("a\xff\xfeb", "file"), "", WITH_RECORDS],
    ["a name with a line in it", entry("a\nb", "file"), "", WITH_RECORDS],
    ["a long target", entry("a", "symlink", { target: byteString("t/".repeat(200)) }), "", WITH_RECORDS],
    ["a target that is no UTF-8", entry("a", "symlink", { target: "\xff" as ByteString }), "", WITH_RECORDS],
    ["the largest owner of a header", entry("a", "file", { uid: 0o7777777, gid: 0o7777777 }), "", PLAIN],
    ["a larger owner", entry("a", "file", { uid: 0o10000000, gid: 4294967294 }), "", WITH_RECORDS],
    ["a part of a second", entry("a", "file", { mtime: { seconds: 1, nanoseconds: 20_000_000 } }), "", WITH_RECORDS],
    ["a time before the epoch", entry("a", "file", { mtime: { seconds: -2, nanoseconds: 1 } }), "", WITH_RECORDS],
    ["a second before the epoch", entry("a", "file", { mtime: { seconds: -1, nanoseconds: 0 } }), "", WITH_RECORDS],
    ["a time far away", entry("a", "file", { mtime: { seconds: 2 ** 40, nanoseconds: 0 } }), "", WITH_RECORDS],
    [
      "extended attributes",
      entry("a", "file", {
        xattrs: [
          { name: byteString("security.capability"), value: Buffer.from([1, 0, 0, 2, 10, 255]) },
          { name: byteString("user.empty"), value: Buffer.alloc(0) },
          { name: byteString("user.a=b%"), value: Buffer.from("ö=\n") },
        ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      }),
      "",
      WITH_RECORDS,
    ],
  ])("%s", async (_, one, data, size) => {
    const bytes = await write([data === "" ? [one] : [one, data]]);
    const [member] = readMembers(bytes);
    const sorted = member?.xattrs
      ?.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, value }) => ({ name, value: Buffer.from(value) }));
    expect({ ...member, ...(sorted === undefined ? {} : { xattrs: sorted }) }).toEqual({ ...one, data });
    expect(bytes).toHaveLength(size);
  });

  test("directories end with a slash, the root is ./", async () => {
    expect(readMembers(await write([[entry("", "directory")], [entry("a/b", "directory")]])).map(({ path }) => path as string)).toEqual([
      "./",
      "a/b/",
    ]);
  });

  test("large files, in the order of what was given", async () => {
    const [large, small] = ["x".repeat(700_000), "y".repeat(300)];
    const members = [
      [entry("small", "file", { size: 300 }), small],
      [entry("large", "file", { size: 700_300 }), small, large],
      [entry("end", "file", { size: 1 }), "z"],
    ] as const;
    expect(readMembers(await write(members)).map(({ path, data }) => [path as string, data])).toEqual([
      ["small", small],
      ["large", small + large],
      ["end", "z"],
    ]);
  });

  test("a file larger than an octal field can say", async () => {
    const chunks: Buffer[] = [];
    const writer = new TarWriter((chunk) => void chunks.push(Buffer.from(chunk)));
    writer.entry(entry("a", "file", { size: 2 ** 33 }));
    await expect(writer.end()).rejects.toThrow('write the tar entry "a": 8589934592 bytes less came than its size says');
    // A large piece makes what was collected go out.
    await writer.data(Buffer.alloc(40_000));
    const sizes: number[] = [];
    new TarReader({ member: ({ size }) => void sizes.push(size), data: () => undefined }).feed(Buffer.concat(chunks));
    expect(sizes).toEqual([2 ** 33]);
  });
});

describe("a file with holes", () => {
  const extents = [
    { offset: 4096, length: 3 },
    { offset: 3 * 2 ** 20, length: 2 },
  ];

  test("is a sparse file when they are large", async () => {
    const one = entry("a", "file", { size: 5 * 2 ** 20, extents });
    const bytes = await write([
      [one, "ab", "cde"],
      [entry("b", "file", { size: 1 }), "x"],
    ]);
    expect(readMembers(bytes)).toEqual([
      { ...one, data: "abcde" },
      { ...entry("b", "file", { size: 1 }), data: "x" },
    ]);
    expect(bytes.length).toBeLessThan(6000);
  });

  test("is one of nothing but a hole", async () => {
    const one = entry("a", "file", { size: 2 ** 30, extents: [] });
    expect(readMembers(await write([[one]]))).toEqual([{ ...one, data: "" }]);
  });

  test("has them written out when they are small", async () => {
    const one = entry("a", "file", {
      size: 9,
      extents: [
        { offset: 1, length: 2 },
        { offset: 5, length: 3 },
      ],
    });
    expect(readMembers(await write([[one, "abc", "de"]]))).toEqual([{ ...entry("a", "file", { size: 9 }), data: "\0ab\0\0cde\0" }]);
    const hollow = entry("a", "file", { size: 100_000, extents: [] });
    expect(readMembers(await write([[hollow]]))).toEqual([{ ...entry("a", "file", { size: 100_000 }), data: "\0".repeat(100_000) }]);
  });
});

describe("it is refused", () => {
  test("that more data come than the size says", async () => {
    await expect(write([[entry("a", "file", { size: 2 }), "abc"]])).rejects.toThrow(
      'write the tar entry "a": more data came than its size says',
    );
    await expect(write([[entry("a", "directory"), "abc"]])).rejects.toThrow("more data came");
  });

  test("that less data come", async () => {
    const two = [entry("a", "file", { size: 2 }), "a"] as const;
    await expect(write([two, [entry("b", "file")]])).rejects.toThrow('write the tar entry "a": 1 bytes less came than its size says');
    await expect(write([two])).rejects.toThrow("1 bytes less came");
  });
});

test("the same entries give the same bytes, whatever pieces the data come in", async () => {
  const one = entry("a", "file", { size: 6, mtime: { seconds: 5, nanoseconds: 6 } });
  expect(await write([[one, "abcdef"]])).toEqual(await write([[one, "ab", "c", "def"]]));
});

test("it waits for whoever takes the bytes", async () => {
  let busy = false;
  let taken = 0;
  const writer = new TarWriter(async (chunk) => {
    expect(busy).toBe(false);
    busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    taken += chunk.length;
    busy = false;
  });
  for (let index = 0; index < 50; index++) {
    await writer.entry(entry(`${index}`, "file", { size: 50_000, extents: [{ offset: 1000, length: 40_000 }] }));
    await writer.data(Buffer.alloc(39_000));
    await writer.data(Buffer.alloc(1000));
  }
  await writer.end();
  expect(taken).toBe(50 * (512 + 50_176) + 1024);
});
