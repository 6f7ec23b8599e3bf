// What is written is what is read back, and what other programs see: the kernel's own calls, not ours, are asked where there are any.
import { describe, expect } from "bun:test";
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ByteString } from "../../src/base/byte-string.ts";
import type { TreeEntry, Xattr } from "../../src/spec/tree-entry.ts";
import { requires } from "../support/requires.ts";
import { bytes, entry, file, type Step, workspace } from "./setup.ts";

const { test } = requires("root");
const work = workspace();

const xattr = (name: string, value: string | Uint8Array): Xattr => ({
  name: bytes(name),
  value: typeof value === "string" ? new TextEncoder().encode(value) : value,
});
/** security.capability, revision 2 (capabilities(7)): cap_net_raw, permitted and effective. */
const CAP_NET_RAW = Uint8Array.from([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/** acl(5) as posix_acl_xattr.h has it: user::rwx, user:1000:r--, group::r-x, mask::r-x, other::---. */
const ACL = Uint8Array.from([
  ...[2, 0, 0, 0],
  ...[
    [1, 7, -1],
    [2, 4, 1000],
    [4, 5, -1],
    [16, 5, -1],
    [32, 0, -1],
  ].flatMap(([tag = 0, rights = 0, id = 0]) => [
    ...[tag, 0, rights, 0],
    ...[id & 255, (id >> 8) & 255, (id >> 16) & 255, (id >> 24) & 255],
  ]),
]);
const LATIN = "caf\u00e9-\u00ff" as ByteString;

const ENTRIES: readonly Step[] = [
  entry("directory", "", { mode: 0o750, uid: 3, gid: 4 }),
  entry("directory", "d", { mode: 0o3775, uid: 7, gid: 8, mtime: { seconds: -5, nanoseconds: 1 } }),
  entry("directory", "d/acl", { mode: 0o750, xattrs: [xattr("system.posix_acl_access", ACL), xattr("system.posix_acl_default", ACL)] }),
  file("d/acl/plain", "not of the default ACL", { mode: 0o666 }),
  entry("block", "d/block", { mode: 0o660, device: { major: 7, minor: 300 } }),
  file("d/caps", "raw", { mode: 0o755, xattrs: [xattr("security.capability", CAP_NET_RAW), xattr("user.note", "")] }),
  entry("char", "d/char", { mode: 0o666, gid: 5, device: { major: 1, minor: 3 } }),
  entry("file", "d/empty"),
  entry("fifo", "d/fifo", { mode: 0o600, uid: 9 }),
  entry("symlink", "d/link", { target: bytes("../../ü\n"), uid: 12, gid: 13, xattrs: [xattr("trusted.note", "on a link")] }),
  file("d/set-id", "x", { mode: 0o6755, uid: 1000, gid: 1000 }),
  file("first", "shared", { mtime: { seconds: 4_000_000_000, nanoseconds: 999_999_999 } }),
  { ...entry("file", ""), path: LATIN },
  entry("file", "read-only", { mode: 0 }),
];

/** As `readTree` gives it: every absent field absent, links of no size. */
const asRead = (step: Step): TreeEntry => ("file" in step ? step.file : (step as TreeEntry));
const sorted = (list: readonly Xattr[] = []) =>
  list.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, value }) => [name, [...value]]);

describe("a tree that is written", () => {
  test("is read back as it was, sorted by bytes", async () => {
    const root = work.fresh("all");
    const report = await work.write(root, ENTRIES);
    expect(report).toEqual({ warnings: [], warningsLeftOut: 0, implied: [] });
    const found = await work.read(root);
    const want = ENTRIES.map(asRead);
    expect([...found.keys()]).toEqual(want.map(({ path }) => path).toSorted());
    for (const one of want) {
      const { xattrs, ...rest } = found.get(one.path)?.entry ?? {};
      const { xattrs: wanted, ...others } = one;
      expect(rest).toEqual(others);
      expect(sorted(xattrs)).toEqual(sorted(wanted));
    }
    expect([found.get("first")?.content, found.get("d/caps")?.content]).toEqual(["shared", "raw"]);
  });

  test("is what other programs see", async () => {
    const root = work.fresh("seen");
    await work.write(root, ENTRIES);
    const device = lstatSync(join(root, "d/char"));
    expect([device.isCharacterDevice(), device.rdev]).toEqual([true, 0x103]);
    expect(statSync(join(root, "d/set-id")).mode & 0o7777).toBe(0o6755);
    expect(statSync(join(root, "d"), { bigint: true }).mtimeNs).toBe(-4_999_999_999n);
    expect(statSync(join(root, "first"), { bigint: true }).atimeNs).toBe(4_000_000_000_999_999_999n);
    expect(readlinkSync(join(root, "d/link"))).toBe("../../ü\n");
    expect(readFileSync(join(root, "d/acl/plain"), "utf8")).toBe("not of the default ACL");
    expect(statSync(join(root, "d/acl/plain")).mode & 0o777).toBe(0o666);
    expect(readdirSync(Buffer.from(root), { encoding: "buffer" }).some((name) => name.equals(Buffer.from(LATIN, "latin1")))).toBe(true);
  });

  test("has the holes that it had", async () => {
    const root = work.fresh("sparse");
    const size = 64 << 20;
    const extents = [
      { offset: 1 << 20, length: 4096 },
      { offset: 32 << 20, length: 8192 },
    ];
    await work.write(root, [
      { file: entry("file", "holes", { size, extents }), content: Buffer.alloc(12288, "x") },
      entry("file", "nothing", { size, extents: [] }),
    ]);
    expect(statSync(join(root, "holes")).blocks * 512).toBeLessThan(1 << 20);
    const found = await work.read(root);
    expect(found.get("holes")?.entry).toMatchObject({ size, extents });
    expect(found.get("holes")?.content).toBe("x".repeat(12288));
    expect(found.get("nothing")?.entry).toMatchObject({ size, extents: [] });
  });

  test("has large files, in whatever pieces they come", async () => {
    const root = work.fresh("large");
    const content = Buffer.alloc(5_000_003, "abcdefg");
    await work.write(root, [file("one", content), file("two", "after")]);
    expect(readFileSync(join(root, "one")).equals(content)).toBe(true);
    expect((await work.read(root)).get("one")?.content.length).toBe(content.length);
  });

  test("has hard links, of links and devices too, by their first name", async () => {
    const root = work.fresh("links");
    const links: readonly Step[] = [
      file("a", "1"),
      entry("hardlink", "b", { target: bytes("a") }),
      entry("symlink", "l", { target: bytes("/etc/passwd") }),
      entry("hardlink", "m", { target: bytes("l") }),
      entry("hardlink", "b", { target: bytes("a") }),
    ];
    await work.write(root, links);
    const found = await work.read(root);
    expect([found.get("b")?.entry?.type, found.get("b")?.entry?.target]).toEqual(["hardlink", bytes("a")]);
    expect(found.get("m")?.entry).toMatchObject({ type: "hardlink", target: "l" });
    expect([statSync(join(root, "a")).nlink, lstatSync(join(root, "m")).isSymbolicLink()]).toEqual([2, true]);
  });

  test("is as deep as a path can be, and no deeper", async () => {
    const root = work.fresh("deep");
    const deep = `${"d/".repeat(2046)}f`;
    const { implied } = await work.write(root, [entry("file", deep)]);
    expect(implied.length).toBe(2046);
    expect((await work.read(root)).size).toBe(2048);
    await expect(work.write(root, [entry("file", `${deep}xxx`)])).rejects.toThrow("file name too long (ENAMETOOLONG)");
  });

  test("can be looked at without its contents", async () => {
    const root = work.fresh("stat");
    await work.write(root, ENTRIES);
    const found = await work.read(root, { statOnly: true });
    expect(found.size).toBe(ENTRIES.length);
    expect([found.get("first")?.entry?.size, found.get("first")?.content]).toEqual([6, ""]);
    expect(sorted(found.get("d/caps")?.entry?.xattrs).length).toBe(2);
  });
});
