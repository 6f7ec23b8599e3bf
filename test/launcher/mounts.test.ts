// The launcher's mount ops, each in a mount namespace of its own.
import { describe, expect, test } from "bun:test";
import { lchownSync, linkSync, lstatSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { type Op, op, type Register } from "../../src/kernel/plan/plan.ts";
import { runPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, privateMounts, registers, scratch } from "./setup.ts";

const dir = scratch();

/** stat(2), inode(7). */
const S_IFIFO = 0o10000;

/** Mounts a tmpfs on a fresh directory; `out` is the mount, the result its path. */
function tmpfs(out: Register, target: Register, options: readonly string[] = ["size=1m"], attr = 0): { ops: Op[]; path: string } {
  const path = mkdtempSync(dir.in("mnt-"));
  return {
    path,
    ops: [
      op("fsMount", { type: "tmpfs", options, attr, out }, "t"),
      openPath(path, target),
      op("moveMount", { from: out, to: target, flags: 0 }, "t"),
    ],
  };
}

describe("mounts", () => {
  test("fsMount takes options and attributes, and moveMount puts it where the descriptor is", async () => {
    const r = registers();
    const { ops, path } = tmpfs(r("fs"), r("at"), ["size=64k", "mode=0750"], K.MOUNT_ATTR_RDONLY);
    const line = await observe([...privateMounts(), ...ops], `grep ${path} /proc/self/mounts`);
    expect(line).toMatch(/tmpfs ro,relatime,size=64k,mode=750/);
  });

  test("fsOpen, fsSet, fsSetFd and fsMake set a file system up step by step, layers by descriptor", async () => {
    const r = registers();
    for (const name of ["low", "lower", "at"]) mkdirSync(dir.in(name));
    writeFileSync(`${dir.in("lower")}/f`, "lower");
    const layer = (name: string) => [
      openPath(dir.in(name), r("layer")),
      op("fsSetFd", { fs: r("fs"), key: "lowerdir+", fd: r("layer") }, "t"),
      op("close", { fd: r("layer") }, "t"),
    ];
    const ops = [
      op("fsOpen", { type: "overlay", out: r("fs") }, "t"),
      op("fsSet", { fs: r("fs"), options: ["source=layers", "ro"] }, "t"),
      ...layer("low"),
      ...layer("lower"),
      op("fsMake", { fs: r("fs"), attr: K.MOUNT_ATTR_RDONLY, out: r("mount") }, "t"),
      openPath(dir.in("at"), r("at")),
      op("moveMount", { from: r("mount"), to: r("at"), flags: 0 }, "t"),
    ];
    expect(
      await observe([...privateMounts(), ...ops], `cat ${dir.in("at")}/f; grep -c '^layers ${dir.in("at")} overlay ro' /proc/mounts`),
    ).toBe("lower1");
    const wrong = await runPlan([
      [op("fsOpen", { type: "overlay", out: r("fs") }, "t"), op("fsSet", { fs: r("fs"), options: ["nonsense"] }, "t")],
    ]);
    expect({ ending: ending(wrong), text: wrong.text }).toEqual({ ending: "EINVAL at 1", text: expect.stringContaining("nonsense") });
  });

  test("fsMount reports the file system's own words", async () => {
    const r = registers();
    const result = await runPlan([[op("fsMount", { type: "tmpfs", options: ["size=64k", "nonsense=1"], attr: 0, out: r("fs") }, "t")]]);
    expect(ending(result)).toBe("EINVAL at 0");
    expect(result.text).toContain("nonsense");
    const unknown = await runPlan([[op("fsMount", { type: "no-such-fs", options: [], attr: 0, out: r("fs") }, "t")]]);
    expect(ending(unknown)).toBe("ENODEV at 0");
  });

  test("openTree clones, mountSetattr changes a register's mount, remountLegacy its superblock", async () => {
    const r = registers();
    const { ops, path } = tmpfs(r("fs"), r("at"));
    const attr = (set: number) =>
      op("mountSetattr", { dir: r("fs"), path: "", flags: 0, set, clear: 0, propagation: 0, userns: undefined }, "t");
    const touch = `touch ${path}/x 2>/dev/null && echo written || echo refused`;
    expect(await observe([...privateMounts(), ...ops], touch)).toBe("written");
    expect(await observe([...privateMounts(), ...ops, attr(K.MOUNT_ATTR_RDONLY)], touch)).toBe("refused");
    const legacy = op("remountLegacy", { target: r("fs"), flags: K.MS_RDONLY, data: "size=128k" }, "t");
    expect(await observe([...privateMounts(), ...ops, legacy], `grep ${path} /proc/self/mounts`)).toMatch(/ro,relatime,size=128k/);
  });

  test("bindAt clones onto a descriptor, umount takes off", async () => {
    const r = registers();
    const { ops, path } = tmpfs(r("fs"), r("at"));
    writeFileSync(dir.in("bound"), "bound\n");
    const bind = [
      openPath(dir.path, r("from")),
      op("makeIn", { root: r("fs"), path: "here", mode: K.S_IFDIR | 0o755, out: r("to") }, "t"),
      op("bindAt", { from: r("from"), to: r("to"), recursive: 0 }, "t"),
    ];
    expect(await observe([...privateMounts(), ...ops, ...bind], `cat ${path}/here/bound`)).toBe("bound");
    const gone = [...privateMounts(), ...ops, ...bind, op("umount", { path: `${path}/here`, flags: K.MNT_DETACH }, "t")];
    expect(await observe(gone, `ls ${path}/here`)).toBe("");
  });

  test("mask hides files behind /dev/null and directories behind an empty mount, several of each", async () => {
    const r = registers();
    const root = dir.in("masked");
    mkdirSync(`${root}/one`, { recursive: true });
    mkdirSync(`${root}/two`);
    for (const file of ["one/a", "two/b", "c", "d"]) writeFileSync(`${root}/${file}`, "secret");
    const mask = (path: string) => op("mask", { root: r("root"), path, file: r("null"), dir: r("empty") }, "t");
    const ops = [
      ...privateMounts(),
      openPath(root, r("root")),
      openPath("/dev/null", r("null")),
      op("fsMount", { type: "tmpfs", options: ["nr_inodes=1", "size=4k"], attr: K.MOUNT_ATTR_RDONLY, out: r("empty") }, "t"),
      ...["one", "/two", "c", "d"].map(mask),
    ];
    expect(await observe(ops, `cd ${root}; ls one two | wc -w; cat c d; echo x > c && echo null; mkdir one/x 2>/dev/null || echo ro`)).toBe(
      "2\nnull\nro", // the two words are the names that ls prints
    );
    const absent = await runPlan([[...ops.slice(0, 5), mask("absent")]]);
    expect(ending(absent)).toBe("ENOENT at 5");
  });

  test("pivotRoot and moveRoot leave nothing of the old root", async () => {
    for (const name of ["pivotRoot", "moveRoot"] as const) {
      const r = registers();
      const { ops, path } = tmpfs(r("fs"), r("at"));
      const bind = (from: string) => [
        openPath(from, r(from)),
        op("makeIn", { root: r("fs"), path: from, mode: K.S_IFDIR | 0o755, out: r(`${from} target`) }, "t"),
        op("bindAt", { from: r(from), to: r(`${from} target`), recursive: 1 }, "t"),
      ];
      // What /bin, /lib and /lib64 are, where /usr is merged.
      const links = ["bin", "lib", "lib64"].map((link) => op("symlink", { root: r("fs"), target: `usr/${link}`, path: link }, "t"));
      const plan = [...privateMounts(), ...ops, ...bind("/usr"), ...bind("/proc"), ...links, op(name, { root: r("fs") }, "t")];
      expect(await observe(plan, "cd /; echo *; pwd")).toBe("bin lib lib64 proc usr\n/");
      const mounts = await observe(plan, "cut -d' ' -f2 /proc/self/mounts | sort -u | head -2 | tr '\\n' ' '");
      expect(mounts).toBe("/ /proc");
      expect(mounts).not.toContain(path);
    }
  });

  test("copyUp copies a tree with owners, modes, times and links, and leaves devices out", async () => {
    const r = registers();
    const root = mkdtempSync(dir.in("image-"));
    mkdirSync(`${root}/var/sub`, { recursive: true, mode: 0o751 });
    writeFileSync(`${root}/var/file`, "data".repeat(30000), { mode: 0o640 });
    symlinkSync("/etc/passwd", `${root}/var/link`);
    lchownSync(`${root}/var/link`, 7, 8);
    lchownSync(`${root}/var/sub`, 11, 12);
    const { ops, path } = tmpfs(r("fs"), r("at"), ["size=2m"]);
    const plan = [
      ...privateMounts(),
      ...ops,
      openPath(root, r("root")),
      op("mknod", { root: r("root"), path: "var/dev", mode: K.S_IFCHR | 0o600, major: 1, minor: 3, uid: 0, gid: 0 }, "t"),
      op("copyUp", { root: r("root"), path: "/var", into: r("fs") }, "t"),
    ];
    const seen = await observe(
      plan,
      `cd ${path} && stat -c '%n %A %u:%g %s' * && readlink link && cmp file ${root}/var/file && stat -c %y file sub`,
    );
    const times = ["file", "sub"].map((name) => lstatSync(`${root}/var/${name}`).mtime.toISOString().slice(11, 19));
    expect(seen).toContain("file -rw-r----- 0:0 120000\nlink lrwxrwxrwx 7:8 11\nsub drwxr-x--x 11:12 40\n/etc/passwd");
    for (const time of times) expect(seen).toContain(time.slice(3));
    expect(seen).not.toContain("dev ");
  });

  test("copyTree copies everything, names of one file as such, holes as holes, and refuses what is there already", async () => {
    const r = registers();
    const [from, into, links] = ["tree-", "copy-", "links-"].map((name) => mkdtempSync(dir.in(name)));
    mkdirSync(`${from}/sub`);
    writeFileSync(`${from}/file`, "data");
    linkSync(`${from}/file`, `${from}/sub/name`);
    const open = [openPath(from ?? "", r("root")), openPath(into ?? "", r("into")), openPath(links ?? "", r("links"))];
    const copy = op("copyTree", { root: r("root"), into: r("into"), links: r("links") }, "t");
    const nodes = [
      op("mknod", { root: r("root"), path: "dev", mode: K.S_IFCHR | 0o640, major: 1, minor: 3, uid: 3, gid: 4 }, "t"),
      op("mknod", { root: r("root"), path: "pipe", mode: S_IFIFO | 0o604, major: 0, minor: 0, uid: 5, gid: 6 }, "t"),
    ];
    const seen = await observe(
      [...open, ...nodes, copy],
      `cd ${into} && stat -c '%n %A %u:%g %h %t:%T' * sub/name && stat -c %i file sub/name`,
    );
    const [file, name] = seen.split("\n").slice(-2);
    expect(seen).toStartWith(
      "dev crw-r----- 3:4 1 1:3\nfile -rw-r--r-- 0:0 3 0:0\npipe prw----r-- 5:6 1 0:0\nsub drwxr-xr-x 0:0 2 0:0\nsub/name -rw-r--r-- 0:0 3 0:0",
    );
    expect(name).toBe(file);
    expect(ending(await runPlan([[...open, copy]]))).toBe("EEXIST at 3");
  });

  test("makeLike makes a target of the kind of what it is for", async () => {
    const r = registers();
    const root = mkdtempSync(dir.in("like-"));
    writeFileSync(`${root}/file`, "");
    const make = (like: string, path: string) => [
      openPath(like, r("like")),
      op("makeLike", { root: r("root"), path, like: r("like"), out: r("made") }, "t"),
    ];
    const seen = await observe(
      [openPath(root, r("root")), ...make(root, "/a/dir"), ...make(`${root}/file`, "/a/file")],
      `cd ${root}/a && stat -c '%n %A' *`,
    );
    expect(seen).toBe("dir drwxr-xr-x\nfile -rw-r--r--");
    expect(ending(await runPlan([[openPath(root, r("root")), ...make(root, "/file/x")]]))).toBe("ENOTDIR at 2");
  });
});
