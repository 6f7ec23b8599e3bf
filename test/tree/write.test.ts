// What a writer does with names that are there already, with what overlayfs reads, and with errors.
import { describe, expect } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openTreeWriter } from "../../src/kernel/tree/writer.ts";
import { requires } from "../support/requires.ts";
import { bytes, entry, file, type Step, workspace } from "./setup.ts";

const { test } = requires("root");
const work = workspace();
const text = (root: string, path: string) => readFileSync(join(root, path), "utf8");

// biome-ignore format: table
const REPLACED: readonly { readonly name: string; readonly steps: readonly Step[] }[] = [
  { name: "file",               steps: [file("x", "old, and longer")] },
  { name: "link",               steps: [file("victim", "kept"), entry("symlink", "x", { target: bytes("victim") })] },
  { name: "pipe",               steps: [entry("fifo", "x")] },
  { name: "directory and all",  steps: [entry("directory", "x"), entry("directory", "x/y", { mode: 0 }), file("x/y/z", "gone")] },
  { name: "whiteout",           steps: [{ whiteout: "x" }] },
];

describe("an entry replaces", () => {
  for (const { name, steps } of REPLACED) {
    test(`a ${name}`, async () => {
      const root = work.fresh(`replace-${name.replaceAll(" ", "-")}`);
      await work.write(root, [...steps, file("x", "new")]);
      expect([text(root, "x"), lstatSync(join(root, "x")).isFile()]).toEqual(["new", true]);
      if (existsSync(join(root, "victim"))) expect(text(root, "victim")).toBe("kept");
      await work.write(root, [entry("symlink", "x", { target: bytes("t") })]);
      expect(readlinkSync(join(root, "x"))).toBe("t");
      await work.write(root, [...steps, file("o", "other"), entry("hardlink", "x", { target: bytes("o") })]);
      expect(text(root, "x")).toBe("other");
    });
  }

  test("nothing where a directory meets a directory: it keeps what is inside, and takes the attributes", async () => {
    const root = work.fresh("merge");
    await work.write(root, [entry("directory", "d"), file("d/kept", "1")]);
    await work.write(root, [entry("directory", "d", { mode: 0o1777, uid: 5, mtime: { seconds: 7, nanoseconds: 0 } })]);
    const { mode, uid, mtimeMs } = statSync(join(root, "d"));
    expect([text(root, "d/kept"), mode & 0o7777, uid, mtimeMs]).toEqual(["1", 0o1777, 5, 7000]);
  });

  test("a link by a directory, not what the link leads to", async () => {
    const root = work.fresh("link-directory");
    await work.write(root, [
      entry("directory", "real", { mode: 0o700 }),
      entry("symlink", "d", { target: bytes("real") }),
      entry("directory", "d"),
    ]);
    expect([lstatSync(join(root, "d")).isDirectory(), statSync(join(root, "real")).mode & 0o777]).toEqual([true, 0o700]);
  });
});

describe("directories", () => {
  test("that no entry names are made and told", async () => {
    const root = work.fresh("implied");
    const { implied } = await work.write(root, [
      entry("directory", "a"),
      file("a/b/c/f", "1"),
      file("a/b/g", "2"),
      { whiteout: "w/x" },
      file("e/f", "3"),
      entry("directory", "e"),
    ]);
    expect(implied).toEqual([bytes("a/b"), bytes("a/b/c"), bytes("w")]);
    expect([statSync(join(root, "a/b")).mode & 0o7777, statSync(join(root, "a/b")).uid]).toEqual([0o755, 0]);
  });

  test("that are made below a set-group-id directory have neither its group nor that bit", async () => {
    const root = work.fresh("set-gid");
    chownSync(root, 0, 50);
    chmodSync(root, 0o2775);
    await work.write(root, [file("a/f", "1"), entry("directory", "b")]);
    const seen = ["a", "a/f", "b"].map((path) => statSync(join(root, path)));
    expect(seen.map(({ mode, gid }) => [mode & 0o7777, gid])).toEqual([
      [0o755, 0],
      [0o644, 0],
      [0o755, 0],
    ]);
  });

  test("have their times at the end, whatever was made in them, and one that was replaced has none", async () => {
    const root = work.fresh("times");
    const at = (seconds: number) => ({ mtime: { seconds, nanoseconds: 0 } });
    await work.write(root, [
      entry("directory", "", at(1)),
      entry("directory", "a", at(2)),
      entry("directory", "a/b", at(3)),
      file("a/b/f", "1"),
      file("a/g", "2"),
      entry("directory", "gone", at(4)),
      file("gone", "a file now", at(5)),
    ]);
    expect(["", "a", "a/b", "gone"].map((path) => statSync(join(root, path)).mtimeMs)).toEqual([1000, 2000, 3000, 5000]);
  });
});

describe("an overlay's upper directory", () => {
  test("has whiteouts and opaque directories, and gives them back as such", async () => {
    const root = work.fresh("overlay");
    const steps: readonly Step[] = [
      entry("directory", "d"),
      { opaque: "d" },
      file("d/f", "1"),
      { whiteout: "gone" },
      { opaque: "implied" },
    ];
    const { implied } = await work.write(root, steps);
    expect(implied).toEqual([bytes("implied")]);
    expect([lstatSync(join(root, "gone")).isCharacterDevice(), lstatSync(join(root, "gone")).rdev]).toEqual([true, 0]);
    const found = await work.read(root, { overlay: true });
    expect([...found].map(([path, { marks }]) => `${path} ${marks}`)).toEqual([" ", "d opaque", "d/f ", "gone whiteout", "implied opaque"]);
    expect([found.get("d")?.entry?.xattrs, found.get("gone")?.entry]).toEqual([undefined, undefined]);
    const raw = await work.read(root);
    expect([raw.get("gone")?.entry?.type, raw.get("d")?.entry?.xattrs?.[0]?.name]).toEqual(["char", bytes("trusted.overlay.opaque")]);
  });

  for (const userxattr of [false, true]) {
    test(`hides what it says when the kernel mounts it${userxattr ? " with userxattr" : ""}`, async () => {
      const base = work.fresh(`mounted-${userxattr}`);
      const [lower, upper, merged] = ["lower", "upper", "merged"].map((name) => work.fresh(`mounted-${userxattr}/${name}`)) as [
        string,
        string,
        string,
      ];
      await work.write(lower, [file("gone", "1"), file("kept", "2"), file("d/below", "3"), file("d/both", "4")]);
      await work.write(upper, [{ whiteout: "gone" }, entry("directory", "d"), { opaque: "d" }, file("d/both", "5")], { userxattr });
      const options = `lowerdir=${upper}:${lower}${userxattr ? ",userxattr" : ""}`;
      const mount = Bun.spawnSync(["mount", "-t", "overlay", "overlay", "-o", options, merged]);
      expect([mount.stderr.toString(), mount.exitCode]).toEqual(["", 0]);
      try {
        expect([...(await work.read(merged)).keys()]).toEqual(["", "d", "d/both", "kept"]);
        expect(text(merged, "d/both")).toBe("5");
      } finally {
        Bun.spawnSync(["umount", merged]);
        expect(existsSync(join(base, "merged"))).toBe(true);
      }
    });
  }

  test("is opaque by the other xattr where it is mounted with userxattr", async () => {
    const root = work.fresh("userxattr");
    await work.write(root, [{ opaque: "d" }], { userxattr: true });
    expect((await work.read(root)).get("d")?.entry?.xattrs?.map(({ name }) => name)).toEqual([bytes("user.overlay.opaque")]);
    expect((await work.read(root, { overlay: true })).get("d")?.marks).toEqual(["opaque"]);
  });

  test("takes no xattr of overlayfs from an entry", async () => {
    const root = work.fresh("hostile-xattr");
    const xattrs = ["trusted.overlay.redirect", "user.overlay.opaque", "user.fine"].map((name) => ({
      name: bytes(name),
      value: Buffer.from("y"),
    }));
    const { warnings } = await work.write(root, [entry("directory", "d", { xattrs })]);
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      "d: the extended attribute trusted.overlay.redirect is left out: it belongs to overlayfs",
      "d: the extended attribute user.overlay.opaque is left out: it belongs to overlayfs",
    ]);
    expect((await work.read(root)).get("d")?.entry?.xattrs?.map(({ name }) => name)).toEqual([bytes("user.fine")]);
  });
});

// biome-ignore format: table
const FAILURES: readonly { readonly name: string; readonly steps: readonly Step[]; readonly message: string }[] = [
  { name: "a file below a file", steps: [file("f", "1"), entry("file", "f/x")], message: "make f/x of the layer: not a directory (ENOTDIR)" },
  { name: "a name that is too long", steps: [entry("file", "n".repeat(256))], message: `make ${"n".repeat(256)} of the layer: file name too long (ENAMETOOLONG)` },
  { name: "a hard link to nothing", steps: [entry("hardlink", "a", { target: bytes("b") })], message: "make a of the layer: no such file or directory (ENOENT)" },
  { name: "a hard link to a directory", steps: [entry("directory", "d"), entry("hardlink", "a", { target: bytes("d") })], message: "make a of the layer: is a directory (EISDIR)" },
  { name: "a path that goes up", steps: [entry("file", "a/../../b")], message: "make a/../../b of the layer: its path is not a clean relative one" },
  { name: "the root as a file", steps: [entry("fifo", "")], message: "make the root directory of the layer: it can only be a directory" },
  { name: "content that is missing", steps: [entry("file", "f", { size: 3 }), entry("file", "g")], message: "make f of the layer: 3 bytes of its content are missing" },
  { name: "too much content", steps: [{ file: entry("file", "f", { size: 1 }), content: "12" }], message: "make f of the layer: there is more content than its size says" },
  { name: "a link of links without end", steps: [entry("symlink", "l", { target: bytes("l") }), entry("file", "l/x")], message: "make l/x of the layer: too many symbolic links (ELOOP)" },
];

describe("an error names the entry:", () => {
  for (const { name, steps, message } of FAILURES) {
    test(name, async () => {
      const root = work.fresh(`fail-${Bun.hash(name).toString(36)}`);
      await expect(work.write(root, steps, { subject: "the layer" })).rejects.toThrow(message);
    });
  }

  test("a full file system, and whatever comes after has the same error", async () => {
    const root = work.fresh("full");
    const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root]);
    expect(mount.exitCode).toBe(0);
    try {
      await using writer = await openTreeWriter({ ...work.session, root, subject: "the layer" });
      const fill = async () => {
        await writer.entry(entry("file", "big", { size: 64 << 20 }));
        for (let left = 64; left > 0; left--) await writer.data(Buffer.alloc(1 << 20));
        await writer.finish();
      };
      expect(await fill().catch((error) => error.message)).toBe("make big of the layer: no space left on device (ENOSPC)");
      expect(await writer.finish().catch((error) => error.message)).toBe("make big of the layer: no space left on device (ENOSPC)");
    } finally {
      Bun.spawnSync(["umount", root]);
    }
  });

  test("a root that is not there", async () => {
    await expect(work.write(work.path("nowhere"), [])).rejects.toThrow(/^open .*nowhere: tree: no such file or directory \(ENOENT\)$/);
  });
});

const children = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
/** False for one that has ended, waited for or not. */
function isLauncher(pid: number): boolean {
  try {
    return /\(teu-launcher\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe("a session", () => {
  test("goes on after an entry that it could not take", async () => {
    const root = work.fresh("goes-on");
    await using writer = await openTreeWriter({ ...work.session, root });
    expect(() => writer.entry(entry("file", "../x", { size: 5 }))).toThrow("its path is not a clean relative one");
    expect(() => writer.entry(entry("directory", "d", { mode: -1 }))).toThrow("mode -1 is out of range");
    await writer.entry(entry("file", "f"));
    expect((await writer.finish()).warnings).toEqual([]);
    expect(readdirSync(root)).toEqual(["f"]);
  });

  test("that is thrown away leaves no process and no file of its own", async () => {
    const root = work.fresh("disposed");
    {
      await using writer = await openTreeWriter({ ...work.session, root });
      await writer.entry(entry("file", "f", { size: 100 }));
    }
    expect(readdirSync(work.session.dir).filter((name) => /^(plan|report|answers)-/.test(name))).toEqual([]);
  });

  test("whose launcher is killed rejects", async () => {
    const root = work.fresh("killed");
    await using writer = await openTreeWriter({ ...work.session, root, subject: "the layer" });
    await writer.entry(entry("file", "f", { size: 1 << 30 }));
    const mine = children(process.pid).filter(isLauncher).at(-1);
    process.kill(mine ?? 0, "SIGKILL");
    const push = async () => {
      for (;;) await writer.data(Buffer.alloc(1 << 20));
    };
    expect(await push().catch((error) => error.message)).toBe("make the layer: the launcher ended with status 137");
  });

  for (const first of [[], ["300000"]]) {
    test(`whose owner is killed ends by itself${first.length === 0 ? "" : ", in a user namespace too"}`, async () => {
      const root = work.fresh(`owner-killed-${first.length}`);
      chownSync(root, Number(first[0] ?? 0), 0);
      const script = new URL("killed.script.ts", import.meta.url).pathname;
      const { launcher, dir } = work.session;
      const owner = Bun.spawn([process.execPath, script, launcher, dir, root, ...first], { stdio: ["ignore", "pipe", "inherit"] });
      await owner.stdout.getReader().read();
      const family = [...children(owner.pid), ...children(owner.pid).flatMap(children)];
      expect(family.length).toBe(1 + first.length);
      owner.kill("SIGKILL");
      await owner.exited;
      while (family.some(isLauncher)) await Bun.sleep(5);
    });
  }

  test("can be one of several at once, on the disk when it is over", async () => {
    const roots = ["p1", "p2", "p3"].map((name) => work.fresh(name));
    await Promise.all(roots.map((root) => work.write(root, [file("f", root)], { sync: true })));
    expect(roots.map((root) => text(root, "f"))).toEqual(roots);
  });

  test("follows directories that become others in the middle", async () => {
    const root = work.fresh("moving");
    await work.write(root, [
      entry("directory", "a"),
      entry("directory", "a/d"),
      file("a/d/1", "1"),
      entry("symlink", "a", { target: bytes("b") }),
      entry("directory", "b"),
      file("a/d/2", "2"),
    ]);
    expect([readlinkSync(join(root, "a")), text(root, "b/d/2"), existsSync(join(root, "b/d/1"))]).toEqual(["b", "2", false]);
  });

  test("is not led by what lay there before", async () => {
    const root = work.fresh("before");
    mkdirSync(join(root, "d"));
    symlinkSync("/etc", join(root, "d/etc"));
    writeFileSync(join(root, "d/f"), "1");
    await work.write(root, [file("d/etc/teu-test", "inside")]);
    expect([existsSync("/etc/teu-test"), text(root, "etc/teu-test")]).toEqual([false, "inside"]);
  });
});
