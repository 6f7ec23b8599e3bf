// Hostile trees: whatever the entries say, nothing outside of the root is made, changed, read or removed.
import { afterAll, describe, expect } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeEntry } from "../../src/spec/tree-entry.ts";
import { requires } from "../support/requires.ts";
import { bytes, entry, file, type Step, workspace } from "./setup.ts";

const { test } = requires("root");
const work = workspace();
/** A name that nothing else on the machine has. */
const NAME = `teu-escape-${process.pid}`;
afterAll(() => rmSync(join("/tmp", NAME), { recursive: true, force: true }));

const link = (path: string, target: string) => entry("symlink", path, { target: bytes(target) });
const hard = (path: string, target: string) => entry("hardlink", path, { target: bytes(target) });
const xattrs = [{ name: bytes("user.escaped"), value: Buffer.from("1") }];

/** Where the root of each case lies: `..` leads to its victim. */
function scene(name: string): { readonly root: string; readonly victim: string } {
  const base = work.fresh(name);
  mkdirSync(join(base, "root"));
  mkdirSync(join(base, "victim"), { mode: 0o700 });
  writeFileSync(join(base, "victim/file"), "untouched", { mode: 0o600 });
  return { root: join(base, "root"), victim: join(base, "victim") };
}

// biome-ignore format: table
const ATTACKS: readonly { readonly name: string; readonly steps: (victim: string) => readonly Step[] }[] = [
  { name: "a file through an absolute link", steps: (victim) => [link("l", victim), file("l/file", "bad"), file("l/new", "bad")] },
  { name: "a file through a relative link", steps: () => [link("l", "../victim"), file("l/file", "bad")] },
  { name: "a file through a link to a link", steps: (victim) => [link("a", "b"), link("b", victim), file("a/new", "bad")] },
  { name: "a file in place of a link to one", steps: (victim) => [link("l", join(victim, "file")), file("l", "bad")] },
  { name: "a directory over a link", steps: (victim) => [link("l", victim), entry("directory", "l", { mode: 0o777, uid: 5, xattrs })] },
  { name: "attributes of a link", steps: (victim) => [entry("symlink", "l", { target: bytes(victim), uid: 99, gid: 99, mtime: { seconds: 1, nanoseconds: 0 } })] },
  { name: "a hard link through a link", steps: (victim) => [link("l", victim), hard("h", "l/file"), file("h", "bad")] },
  { name: "a hard link to a link", steps: (victim) => [link("l", join(victim, "file")), hard("h", "l"), entry("directory", "h", { mode: 0o777 })] },
  { name: "a hard link to the host's file", steps: () => [hard("h", "etc/passwd")] },
  { name: "a whiteout and an opaque directory through a link", steps: (victim) => [link("l", victim), { whiteout: "l/file" }, { opaque: "l" }] },
  { name: "the times of a directory that became a link", steps: (victim) => [entry("directory", "d", { mtime: { seconds: 1, nanoseconds: 0 } }), link("d", victim)] },
  { name: "a directory that is removed, with a link inside", steps: (victim) => [entry("directory", "d"), link("d/l", victim), hard("d/m", "d/l"), file("d", "in its place")] },
  { name: "a parent that becomes a link while it is in use", steps: (victim) => [entry("directory", "d"), file("d/a", "1"), link("d", victim), file("d/file", "bad")] },
  { name: "a device in place of a link", steps: (victim) => [link("l", join(victim, "file")), entry("char", "l", { device: { major: 1, minor: 3 }, mode: 0o6777 })] },
];

describe("nothing outside is touched by", () => {
  for (const { name, steps } of ATTACKS) {
    test(name, async () => {
      const { root, victim } = scene(`attack-${Bun.hash(name).toString(36)}`);
      const before = [statSync(victim, { bigint: true }), statSync(join(victim, "file"), { bigint: true })];
      // Some are refused, and some end up inside: either will do.
      await work.write(root, steps(victim)).catch((error) => expect(error.message).toStartWith("make "));
      expect(readFileSync(join(victim, "file"), "utf8")).toBe("untouched");
      const after = [statSync(victim, { bigint: true }), statSync(join(victim, "file"), { bigint: true })];
      expect(after.map(({ ino, mode, uid, nlink, mtimeNs, ctimeNs }) => [ino, mode, uid, nlink, mtimeNs, ctimeNs])).toEqual(
        before.map(({ ino, mode, uid, nlink, mtimeNs, ctimeNs }) => [ino, mode, uid, nlink, mtimeNs, ctimeNs]),
      );
    });
  }

  test("a link to /tmp: the file is made in the root's own", async () => {
    const { root } = scene("tmp");
    const { implied } = await work.write(root, [link("l", "/tmp"), file(`l/${NAME}`, "inside")]);
    expect([existsSync(join("/tmp", NAME)), readFileSync(join(root, "tmp", NAME), "utf8")]).toEqual([false, "inside"]);
    expect(implied).toEqual([bytes("l")]);
  });

  test("a root that is swapped for a link meanwhile: it was opened", async () => {
    const { root, victim } = scene("swapped");
    const { openTreeWriter } = await import("../../src/kernel/tree/writer.ts");
    await using writer = await openTreeWriter({ ...work.session, root });
    // Once the launcher has taken these it holds the root.
    await writer.entry(entry("file", "first", { size: 4 << 20 }));
    for (let left = 4; left > 0; left--) await writer.data(Buffer.alloc(1 << 20));
    while (!existsSync(join(root, "first"))) await Bun.sleep(1);
    rmSync(`${root}-away`, { force: true });
    const { renameSync } = await import("node:fs");
    renameSync(root, `${root}-away`);
    symlinkSync(victim, root);
    await writer.entry(entry("file", "file"));
    await writer.finish();
    expect([readFileSync(join(victim, "file"), "utf8"), existsSync(join(`${root}-away`, "file"))]).toEqual(["untouched", true]);
  });
});

describe("a reader", () => {
  test("follows no link, and opens no pipe or device", async () => {
    const { root, victim } = scene("reading");
    await work.write(root, [link("l", victim), entry("fifo", "p"), entry("char", "c", { device: { major: 1, minor: 5 } })]);
    const found = await work.read(root);
    expect([...found].map(([path, { entry: one }]) => `${path}:${(one as TreeEntry).type}`)).toEqual([
      ":directory",
      "c:char",
      "l:symlink",
      "p:fifo",
    ]);
    expect(lstatSync(join(root, "l")).isSymbolicLink()).toBe(true);
  });

  test("takes a tree that changes under it as it is at each look, and never leaves it", async () => {
    const { root, victim } = scene("racing");
    await work.write(root, [file("a/f", "1"), file("b/f", "2"), entry("directory", "z")]);
    const script = `cd "$0" && while :; do rm -rf a; ln -s "$1" a; rm a; mkdir a; echo 1 >a/f; mv a/f b/g; done`;
    const racer = Bun.spawn(["sh", "-c", script, root, victim], { stdio: ["ignore", "ignore", "ignore"] });
    try {
      for (let round = 0; round < 40; round++) {
        const found = await work.read(root).catch((error) => {
          // A directory that is removed while it is read has no way back.
          expect(error.message).toMatch(/\((ENOENT|ESTALE)\)$/);
          return new Map();
        });
        expect([...found.keys()].filter((path) => !/^(|a|a\/f|b|b\/f|b\/g|z)$/.test(path))).toEqual([]);
      }
    } finally {
      racer.kill("SIGKILL");
      await racer.exited;
    }
  });

  test("stays on one file system where it is told to", async () => {
    const { root } = scene("mounts");
    await work.write(root, [entry("directory", "m"), file("bound", "below"), file("z", "1")]);
    Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", join(root, "m")]);
    Bun.spawnSync(["mount", "--bind", join(root, "z"), join(root, "bound")]);
    try {
      writeFileSync(join(root, "m/hidden"), "1");
      expect([...(await work.read(root, { oneFileSystem: true })).keys()]).toEqual(["", "m", "z"]);
      expect([...(await work.read(root)).keys()]).toEqual(["", "bound", "m", "m/hidden", "z"]);
    } finally {
      Bun.spawnSync(["umount", join(root, "m")]);
      Bun.spawnSync(["umount", join(root, "bound")]);
    }
  });
});
