// The launcher's ops on descriptors, files and paths inside a root: what each does, and what it refuses.
import { describe, expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { runPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const fail = async (...ops: Op[]) => ending(await runPlan([ops]));

/** A fresh root with hostile and friendly links in it. */
function makeRoot(name: string): string {
  const root = dir.in(name);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(`${root}/etc`, { recursive: true });
  symlinkSync("/etc", `${root}/absolute`);
  symlinkSync("../../../../../../tmp/teu-escaped", `${root}/up`);
  symlinkSync("/made/later", `${root}/dangling`);
  symlinkSync("loop", `${root}/loop`);
  writeFileSync(`${root}/etc/file`, "inside");
  return root;
}

describe("readOut", () => {
  const read = (path: string, most = 100) => {
    const r = registers();
    const root = makeRoot("read");
    writeFileSync(dir.in("out"), "");
    const ops = [
      openPath(root, r("root")),
      op("open", { dir: undefined, path: dir.in("out"), flags: K.O_RDWR, mode: 0, out: r("out") }, "test"),
      op("readOut", { root: r("root"), path, to: r("out"), most }, "test"),
    ];
    return { root, run: () => fail(...ops) };
  };

  test("gives a regular file, through links that stay inside", async () => {
    expect(await read("/absolute/file").run()).toBe("exit 0");
    expect(readFileSync(dir.in("out"), "utf8")).toBe("inside");
  });

  test("refuses a file that is too large, and what is no regular file, which it does not open", async () => {
    expect(await read("/etc/file", 5).run()).toBe("EFBIG at 2");
    expect(await read("/etc").run()).toBe("EINVAL at 2");
    const { root, run } = read("/etc/pipe");
    await Bun.$`mkfifo ${root}/etc/pipe`;
    expect(await run()).toBe("EINVAL at 2"); // and does not wait for a writer
    expect(await read("/up").run()).toBe("ENOENT at 2");
    expect(await read("/loop").run()).toBe("ELOOP at 2");
  });
});

describe("descriptors", () => {
  test("adopt takes an inherited one and closes it at exec, dup2 leaves one open there", async () => {
    writeFileSync(dir.in("given"), "given\n");
    const fd = openSync(dir.in("given"), "r");
    const r = registers();
    const adopt = op("adopt", { fd: 5, out: r("given") }, "test");
    expect(await observe([adopt], "{ cat <&5; } 2>/dev/null || echo closed", { inherit: [fd] })).toBe("closed");
    expect(await observe([adopt, op("dup2", { from: r("given"), fd: 5 }, "test")], "cat <&5", { inherit: [fd] })).toBe("given");
    expect(await fail(op("adopt", { fd: 99, out: r("given") }, "test"))).toBe("EBADF at 0");
    closeSync(fd);
  });

  test("nothing leaks into what is executed: only 0, 1 and 2 are open", async () => {
    const leak = openSync("/etc", "r");
    const r = registers();
    const ops = [
      openPath("/", r("a")),
      op("channel", { a: r("b"), b: r("c") }, "test"),
      op("fsMount", { type: "tmpfs", options: [], attr: 0, out: r("d") }, "test"),
      op("closeFrom", { first: 3 }, "test"),
    ];
    expect(await observe(ops, "echo /proc/self/fd/*; ls /proc/self/fd | wc -l", { inherit: [leak] })).toEndWith("\n4"); // and that of ls
    closeSync(leak);
  });

  test("close unsets the register", async () => {
    const r = registers();
    const close = op("close", { fd: r("a") }, "test");
    expect(await fail(openPath("/", r("a")), close, close)).toBe("EBADF at 2");
  });
});

describe("files of the host", () => {
  test("mkdir and putFile make exactly the modes of the plan, and exec gets the caller's umask back", async () => {
    const r = registers();
    const made = await observe(
      [
        op("mkdir", { dir: undefined, path: dir.in("made"), mode: 0o777 }, "test"),
        openPath(dir.in("made"), r("made")),
        op("putFile", { dir: r("made"), path: "file", mode: 0o666, data: ["pid ", { decimal: r("made") }, "\n"] }, "test"),
      ],
      "umask",
    );
    expect(Number.parseInt(made, 8)).toBe(process.umask());
    expect(statSync(dir.in("made")).mode & 0o777).toBe(0o777);
    expect(statSync(dir.in("made/file")).mode & 0o777).toBe(0o666);
    expect(readFileSync(dir.in("made/file"), "utf8")).toMatch(/^pid \d+\n$/);
    expect(existsSync(dir.in("made/file.tmp"))).toBe(false);
  });

  test("write wants the file to be there, and with a directory never leaves its file system", async () => {
    const r = registers();
    writeFileSync(dir.in("target"), "");
    symlinkSync("/etc/hostname", dir.in("outside"));
    const write = (path: string) => op("write", { dir: r("d"), path, data: ["text"] }, "test");
    const open = openPath(dir.path, r("d"));
    expect(await fail(open, write("target"))).toBe("exit 0");
    expect(readFileSync(dir.in("target"), "utf8")).toBe("text");
    expect(await fail(open, write("absent"))).toBe("ENOENT at 1");
    expect(await fail(open, write("outside"))).toBe("EXDEV at 1");
    expect(await fail(open, write("../../etc/hostname"))).toBe("EXDEV at 1");
    expect(await fail(openPath("/", r("d")), write("proc/self/comm"))).toBe("EXDEV at 1");
  });

  test("copyIfEmpty copies once", async () => {
    writeFileSync(dir.in("parent"), "0-3\n");
    writeFileSync(dir.in("empty"), "\n");
    writeFileSync(dir.in("full"), "1\n");
    const copy = (to: string) => op("copyIfEmpty", { dir: undefined, from: dir.in("parent"), to: dir.in(to) }, "test");
    expect(await fail(copy("empty"), copy("full"))).toBe("exit 0");
    expect([readFileSync(dir.in("empty"), "utf8"), readFileSync(dir.in("full"), "utf8")]).toEqual(["0-3", "1\n"]);
  });

  test("unlink, fchown, checkFs, refuseFs and checkDevice act on what was opened", async () => {
    const r = registers();
    writeFileSync(dir.in("mine"), "");
    expect(
      await fail(
        openPath(dir.in("mine"), r("f")),
        op("fchown", { fd: r("f"), uid: 1234, gid: 5678 }, "test"),
        openPath("/dev/null", r("null")),
        op("checkDevice", { fd: r("null"), type: K.S_IFCHR, major: 1, minor: 3 }, "test"),
        openPath("/proc", r("proc")),
        op("checkFs", { fd: r("proc"), magic: K.PROC_MAGIC, ino: 1 }, "test"),
        op("refuseFs", { fd: r("f"), magic: K.PROC_MAGIC }, "test"),
      ),
    ).toBe("exit 0");
    expect([statSync(dir.in("mine")).uid, statSync(dir.in("mine")).gid]).toEqual([1234, 5678]);
    expect(await fail(openPath("/dev/zero", r("f")), op("checkDevice", { fd: r("f"), type: K.S_IFCHR, major: 1, minor: 3 }, "t"))).toBe(
      "ENODEV at 1",
    );
    expect(await fail(openPath("/", r("f")), op("checkFs", { fd: r("f"), magic: K.PROC_MAGIC, ino: 0 }, "t"))).toBe("EXDEV at 1");
    expect(await fail(openPath("/proc", r("f")), op("checkFs", { fd: r("f"), magic: K.PROC_MAGIC, ino: 7 }, "t"))).toBe("EXDEV at 1");
    expect(await fail(openPath("/proc", r("f")), op("refuseFs", { fd: r("f"), magic: K.PROC_MAGIC }, "t"))).toBe("EXDEV at 1");
    expect(await fail(op("unlink", { dir: undefined, path: dir.in("mine"), flags: 0 }, "t"))).toBe("exit 0");
    expect(existsSync(dir.in("mine"))).toBe(false);
  });

  test("openPid opens the directory of a process", async () => {
    const r = registers();
    const ops = [
      openPath("/proc", r("proc")),
      op("getPid", { out: r("pid") }, "t"),
      op("openPid", { proc: r("proc"), pid: r("pid"), out: r("self") }, "t"),
    ];
    expect(await observe([...ops, op("fchdir", { fd: r("self") }, "t")], 'test "$(cut -d" " -f1 stat)" = $$ && pwd -P | tr -d 0-9')).toBe(
      "/proc/",
    );
  });
});

describe("paths inside a root", () => {
  const inRoot = (name: string, make: (root: ReturnType<ReturnType<typeof registers>>) => Op) => {
    const r = registers();
    return [openPath(makeRoot(name), r("root")), make(r("root"))];
  };
  const makeIn = (root: Parameters<typeof openPath>[1], path: string, mode: number) => op("makeIn", { root, path, mode, out: root }, "t");

  // biome-ignore format: table
  const rows: { path: string; mode: number; made: string }[] = [
    { path: "/a/b/c", mode: K.S_IFDIR | 0o700, made: "a/b/c" },
    { path: "a//./file", mode: K.S_IFREG | 0o600, made: "a/file" },
    { path: "absolute/new/file", mode: K.S_IFREG | 0o644, made: "etc/new/file" },
    { path: "/dangling/x", mode: K.S_IFDIR | 0o755, made: "made/later/x" },
    { path: "dangling", mode: K.S_IFREG | 0o755, made: "made/later" },
    { path: "up/x", mode: K.S_IFDIR | 0o755, made: "tmp/teu-escaped/x" },
    { path: "../../../over/the/top", mode: K.S_IFDIR | 0o755, made: "over/the/top" },
    { path: "etc/../etc/../sibling", mode: K.S_IFDIR | 0o755, made: "sibling" },
  ];
  for (const { path, mode, made } of rows) {
    test(`makeIn ${path} makes ${made}`, async () => {
      expect(await fail(...inRoot("root", (root) => makeIn(root, path, mode)))).toBe("exit 0");
      expect(statSync(dir.in(`root/${made}`)).mode & 0o177777).toBe(mode);
      expect(existsSync("/tmp/teu-escaped")).toBe(false);
    });
  }

  test("makeIn opens what is there, and fails on a loop or a file in the way", async () => {
    const r = registers();
    const kept = [
      openPath(makeRoot("root"), r("root")),
      op("makeIn", { root: r("root"), path: "absolute/file", mode: K.S_IFREG | 0o600, out: r("f") }, "t"),
    ];
    expect(await observe(kept, "echo kept")).toBe("kept");
    expect(readFileSync(dir.in("root/etc/file"), "utf8")).toBe("inside");
    expect(await fail(...inRoot("root", (root) => makeIn(root, "loop/x", K.S_IFDIR | 0o755)))).toBe("ELOOP at 1");
    expect(await fail(...inRoot("root", (root) => makeIn(root, "etc/file/x", K.S_IFDIR | 0o755)))).toBe("ENOTDIR at 1");
    expect(await fail(...inRoot("root", (root) => makeIn(root, "x".repeat(300), K.S_IFDIR | 0o755)))).toBe("ENAMETOOLONG at 1");
    expect(await fail(...inRoot("root", (root) => makeIn(root, "/x".repeat(3000), K.S_IFDIR | 0o755)))).toBe("ENAMETOOLONG at 1");
  });

  test("openIn stays inside and follows no magic link", async () => {
    const openIn = (path: string) => (root: Parameters<typeof openPath>[1]) =>
      op("openIn", { root, path, flags: K.O_RDONLY, mode: 0, resolve: 0, out: root }, "t");
    expect(await fail(...inRoot("root", openIn("absolute/file")))).toBe("exit 0");
    expect(await fail(...inRoot("root", openIn("up/passwd")))).toBe("ENOENT at 1");
    const r = registers();
    expect(await fail(openPath("/proc", r("root")), openIn("self/root/etc/passwd")(r("root")))).toBe("ELOOP at 1");
  });

  test("mknod makes a device with its owner and mode, keeps the same one, and refuses another file", async () => {
    const node = (minor: number) => (root: Parameters<typeof openPath>[1]) =>
      op("mknod", { root, path: "dev/null", mode: K.S_IFCHR | 0o666, major: 1, minor, uid: 5, gid: 6 }, "t");
    const r = registers();
    expect(await fail(openPath(makeRoot("root"), r("root")), node(3)(r("root")), node(3)(r("root")))).toBe("exit 0");
    const made = statSync(dir.in("root/dev/null"));
    expect([made.mode, made.rdev, made.uid, made.gid]).toEqual([K.S_IFCHR | 0o666, (1 << 8) | 3, 5, 6]);
    expect(await fail(openPath(dir.in("root"), r("root")), node(5)(r("root")))).toBe("EEXIST at 1");
    symlinkSync("/dev/null", dir.in("root/dev/link"));
    const onLink = op("mknod", { root: r("root"), path: "dev/link", mode: K.S_IFCHR | 0o666, major: 1, minor: 3, uid: 0, gid: 0 }, "t");
    expect(await fail(openPath(dir.in("root"), r("root")), onLink)).toBe("EEXIST at 1");
  });

  test("symlink makes parents, and leaves a file that has the name", async () => {
    const link = (path: string) => (root: Parameters<typeof openPath>[1]) => op("symlink", { root, target: "/proc/self/fd", path }, "t");
    expect(await fail(...inRoot("root", link("dev/fd")))).toBe("exit 0");
    expect(readlinkSync(dir.in("root/dev/fd"))).toBe("/proc/self/fd");
    expect(await fail(...inRoot("root", link("etc/file")))).toBe("exit 0");
    expect(statSync(dir.in("root/etc/file")).isFile()).toBe(true);
  });
});

describe("the working directory", () => {
  test("is made when it may be", async () => {
    const path = dir.in("work/deep");
    expect(await fail(op("chdir", { path, create: 0 }, "t"))).toBe("ENOENT at 0");
    expect(await observe([op("chdir", { path, create: 1 }, "t")], "pwd -P")).toBe(path);
  });

  test("is refused when it lies outside the root (CVE-2024-21626)", async () => {
    const r = registers();
    const ops: Op[] = [
      op("unshare", { flags: K.CLONE_NEWNS }, "t"),
      op(
        "mountSetattr",
        { dir: undefined, path: "/", flags: K.AT_RECURSIVE, set: 0, clear: 0, propagation: K.MS_PRIVATE, userns: undefined },
        "t",
      ),
      op("open", { dir: undefined, path: "/etc", flags: K.O_DIRECTORY, mode: 0, out: r("leak") }, "t"),
      op("dup2", { from: r("leak"), fd: 7 }, "t"),
      op("openTree", { dir: undefined, path: "/usr", flags: K.OPEN_TREE_CLONE, out: r("root") }, "t"),
      op("openTree", { dir: undefined, path: "/proc", flags: K.OPEN_TREE_CLONE, out: r("proc") }, "t"),
      openPath("/usr", r("target")),
      op("moveMount", { from: r("root"), to: r("target"), flags: 0 }, "t"),
      op("makeIn", { root: r("root"), path: "share", mode: K.S_IFDIR | 0o755, out: r("mountpoint") }, "t"),
      op("moveMount", { from: r("proc"), to: r("mountpoint"), flags: 0 }, "t"),
      op("pivotRoot", { root: r("root") }, "t"),
      op("chdir", { path: "/share/self/fd/7", create: 0 }, "t"),
    ];
    expect(ending(await runPlan([[...ops, shell("pwd")]]))).toBe("ENOENT at 11");
  });
});
