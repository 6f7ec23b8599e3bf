import { describe, expect, test } from "bun:test";
import { type ByteString, byteString } from "../../base/byte-string.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";
import { RecordDecoder, type TreeItem } from "./decode.ts";
import { RecordBuffer, type RecordContent, recordLength, unsayable } from "./encode.ts";
import { AT, RECORD_MAX } from "./records.ts";

const attributes = { mode: 0o644, uid: 1, gid: 0xffff_fffe, size: 0 };
const at = (seconds: number, nanoseconds = 0) => ({ mtime: { seconds, nanoseconds } });

// biome-ignore format: table
const ENTRIES: readonly TreeEntry[] = [
  { path: byteString(""), type: "directory", ...attributes, mode: 0o7777, ...at(0) },
  { path: "\u00ff/\u00e9" as ByteString, type: "file", ...attributes, size: 3, ...at(-1, 999_999_999) },
  { path: byteString("big"), type: "file", ...attributes, size: 2 ** 40 + 5, ...at(2 ** 33 + 7), extents: [{ offset: 2 ** 40, length: 3 }] },
  { path: byteString("hole"), type: "file", ...attributes, size: 2 ** 52, ...at(-(2 ** 33)), extents: [] },
  { path: byteString("l"), type: "symlink", ...attributes, ...at(1), target: byteString("ü"), xattrs: [{ name: byteString("trusted.ü"), value: Uint8Array.of(0, 255) }] },
  { path: byteString("c"), type: "char", ...attributes, ...at(1), device: { major: 0xfff, minor: 0xf_ffff } },
  { path: byteString("p"), type: "fifo", ...attributes, ...at(1), xattrs: [{ name: byteString("user.a"), value: new Uint8Array() }, { name: byteString("user.b"), value: Uint8Array.of(1) }] },
];

function encoded(): Uint8Array {
  const buffer = new RecordBuffer(RECORD_MAX);
  for (const { type, ...entry } of ENTRIES) {
    buffer.putRecord({ kind: type, ...entry });
    if (entry.size === 3) buffer.putData(Uint8Array.of(1, 2, 3));
  }
  buffer.putRecord({ kind: "whiteout", path: byteString("w") });
  buffer.putRecord({ kind: "end", path: byteString("") });
  return Uint8Array.from(buffer.filled);
}

/** The items, data put together. */
function decoded(bytes: Uint8Array, piece: number): { readonly items: TreeItem[]; readonly data: number[]; readonly ended: boolean } {
  const decoder = new RecordDecoder();
  const items: TreeItem[] = [];
  const data: number[] = [];
  for (let start = 0; start < bytes.length; start += piece) {
    for (const item of decoder.push(bytes.slice(start, start + piece))) {
      if (item.kind === "data") data.push(...item.chunk);
      else items.push(item);
    }
  }
  return { items, data, ended: decoder.ended };
}

describe("records", () => {
  test("say the same when they are taken apart, in pieces of whatever size", () => {
    const bytes = encoded();
    const want = [...ENTRIES.map((entry) => ({ kind: "entry", entry })), { kind: "whiteout", path: "w" }];
    for (const piece of [1, 7, 8, 71, 72, 100, bytes.length]) {
      const { items, data, ended } = decoded(bytes, piece);
      expect(items as unknown[]).toEqual(want);
      expect([data, ended]).toEqual([[1, 2, 3], true]);
    }
  });

  test("name a hard link's target by the number of its inode", () => {
    const buffer = new RecordBuffer(RECORD_MAX);
    const numbers: number[] = [];
    for (const [kind, path] of [
      ["file", "a"],
      ["hardlink", "b"],
    ] as const) {
      numbers.push(buffer.length + AT.inode);
      buffer.putRecord({ kind, path: byteString(path) });
    }
    const bytes = Uint8Array.from(buffer.filled);
    for (const number of numbers) bytes[number] = 1;
    const entries = decoded(bytes, bytes.length).items.map((item) => (item.kind === "entry" ? [item.entry.path, item.entry.target] : []));
    expect(entries).toEqual([
      ["a", undefined],
      ["b", "a"],
    ] as unknown as typeof entries);
    bytes[numbers[1] ?? 0] = 2;
    expect(() => decoded(bytes, bytes.length)).toThrow("a hard link to what was not met");
  });

  test("that are none are refused", () => {
    expect(() => decoded(new Uint8Array(72), 72)).toThrow("a record of 0 bytes");
    const bytes = encoded();
    bytes[AT.kind] = 99;
    expect(() => decoded(bytes, bytes.length)).toThrow("a record of kind 99");
  });

  test("are put into a buffer only where there is room, and data as far as there is", () => {
    const record: RecordContent = { kind: "file", path: byteString("f"), size: 1000 };
    const buffer = new RecordBuffer(recordLength(record) + 50);
    buffer.putRecord(record);
    expect(() => buffer.putRecord(record)).toThrow("it was not waited for room");
    expect([buffer.putData(new Uint8Array(1000)), buffer.putData(new Uint8Array(1))]).toEqual([42, 0]);
  });
});

const path = byteString("p");
const large = { name: byteString("user.x"), value: new Uint8Array(65536) };
// biome-ignore format: table
const UNSAYABLE: readonly { readonly record: RecordContent; readonly why: string }[] = [
  ...["/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\0b"].map((wrong) => ({ record: { kind: "file", path: byteString(wrong) } as const, why: "its path is not a clean relative one" })),
  { record: { kind: "file", path: byteString("") }, why: "it can only be a directory" },
  { record: { kind: "file", path: byteString("a".repeat(4096)) }, why: "file name too long (ENAMETOOLONG)" },
  { record: { kind: "symlink", path, target: byteString("") }, why: "its target is empty or has a NUL" },
  { record: { kind: "hardlink", path, target: byteString("../x") }, why: "its target is not a clean relative path" },
  { record: { kind: "file", path, mode: 0o10000 }, why: "mode 4096 is out of range" },
  { record: { kind: "file", path, uid: 0xffff_ffff }, why: "owner 4294967295:0 is out of range" },
  { record: { kind: "file", path, gid: -1 }, why: "owner 0:-1 is out of range" },
  { record: { kind: "file", path, ...at(0.5) }, why: "its time is out of range" },
  { record: { kind: "file", path, size: 2 ** 53 }, why: "size 9007199254740992 is out of range" },
  { record: { kind: "file", path, size: 5, extents: [{ offset: 3, length: 3 }] }, why: "its extents are not in order inside of it" },
  { record: { kind: "file", path, xattrs: [{ ...large, value: new Uint8Array(65537) }] }, why: "one of its extended attributes is too large or has no name" },
  { record: { kind: "file", path, xattrs: Array(8).fill(large) }, why: "its extended attributes are too large (E2BIG)" },
];

describe("what no record can say:", () => {
  for (const { record, why } of UNSAYABLE)
    test(`${why} (${JSON.stringify(record).slice(0, 60)})`, () => expect(unsayable(record)).toBe(why));

  test("nothing of what is usual", () => {
    for (const { type, ...entry } of ENTRIES) expect(unsayable({ kind: type, ...entry })).toBeUndefined();
    expect(unsayable({ kind: "file", path: byteString("..a/b./...") })).toBeUndefined();
  });
});
