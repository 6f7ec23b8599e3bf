// The launcher's ops on processes and namespaces, and on what the container's process is going to be.
import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { runPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const words = (...values: number[]) => new Uint8Array(new Uint32Array(values).buffer);

describe("processes of a plan", () => {
  test("wait for each other, and exec ends the waiting for 255", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("clone", { section: 1, flags: K.CLONE_NEWUTS, cgroup: undefined, pid: r("pid"), pidfd: r("pidfd") }, "t"),
        op("close", { fd: r("b") }, "t"),
        op("await", { channel: r("a"), number: 1 }, "t"),
        op("sendValue", { channel: r("a"), value: r("pid") }, "t"),
        op("await", { channel: r("a"), number: 255 }, "t"),
        op("reap", { pid: r("pid") }, "t"),
      ],
      [
        op("close", { fd: r("a") }, "t"),
        op("signal", { channel: r("b"), number: 1 }, "t"),
        op("recvValue", { channel: r("b"), out: r("mine") }, "t"),
        op("hostname", { name: "box" }, "t"),
        op("domainname", { name: "domain" }, "t"),
        op(
          "write",
          { dir: undefined, path: dir.in("pid"), data: [{ decimal: r("mine") }, " ", { u32: r("mine") }] },
          {
            from: "t",
            optional: true,
          },
        ),
        shell(`echo $$ $(hostname) $(cat /proc/sys/kernel/domainname)`),
      ],
    ]);
    expect(ending(result)).toBe("exit 0");
    expect(result.stdout).toMatch(/^\d+ box domain\n$/);
  });

  test("tell once why one of them failed", async () => {
    const r = registers();
    const host = (number: number): Op[] => [
      op("channel", { a: r("a"), b: r("b") }, "t"),
      op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
      op("close", { fd: r("b") }, "t"),
      op("await", { channel: r("a"), number }, "t"),
      shell("echo never"),
    ];
    for (const number of [1, 255]) {
      const result = await runPlan([host(number), [op("close", { fd: r("a") }, "t"), openPath("/absent", r("x"))]]);
      expect([ending(result), result.code, result.stdout]).toEqual(["ENOENT at 6", 125, ""]);
      expect(result.records).toHaveLength(1);
    }
    const killed = await runPlan([host(1), [op("raise", { signal: 9 }, "t")]]);
    expect(ending(killed)).toBe("ECHILD at 3");
  });

  test("are heard to the end, though they left something unread", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("channel", { a: r("go"), b: r("gone") }, "t"),
        op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
        op("close", { fd: r("b") }, "t"),
        op("signal", { channel: r("a"), number: 7 }, "t"),
        op("signal", { channel: r("go"), number: 2 }, "t"),
        op("reap", { pid: r("pid") }, "t"),
        op("await", { channel: r("a"), number: 1 }, "t"),
      ],
      [
        op("close", { fd: r("a") }, "t"),
        op("signal", { channel: r("b"), number: 1 }, "t"),
        op("await", { channel: r("gone"), number: 2 }, "t"),
        shell("exit 0"),
      ],
    ]);
    expect(ending(result)).toBe("exit 0");
  });

  test("a barrier out of order is a protocol error", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("signal", { channel: r("b"), number: 2 }, "t"),
        op("await", { channel: r("a"), number: 1 }, "t"),
      ],
    ]);
    expect(ending(result)).toBe("EPROTO at 2");
  });

  test("pass descriptors", async () => {
    const r = registers();
    writeFileSync(dir.in("passed"), "passed\n");
    const ops = [
      op("channel", { a: r("a"), b: r("b") }, "t"),
      op("open", { dir: undefined, path: dir.in("passed"), flags: 0, mode: 0, out: r("file") }, "t"),
      op("sendFd", { channel: r("a"), fd: r("file"), data: [] }, "t"),
      op("recvFd", { channel: r("b"), out: r("got") }, "t"),
      op("dup2", { from: r("got"), fd: 0 }, "t"),
    ];
    expect(await observe(ops, "cat")).toBe("passed");
  });

  test("clone makes the namespaces asked for, setns enters them, CLONE_PARENT makes a sibling", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("clone", { section: 1, flags: K.CLONE_NEWUTS | K.CLONE_NEWPID, cgroup: undefined, pid: r("first"), pidfd: r("firstfd") }, "t"),
        op("await", { channel: r("a"), number: 1 }, "t"),
        op("clone", { section: 2, flags: 0, cgroup: undefined, pid: r("join"), pidfd: undefined }, "t"),
        op("recvValue", { channel: r("a"), out: r("second") }, "t"),
        op("reap", { pid: r("join") }, "t"),
        op("reap", { pid: r("second") }, "t"),
        op("signal", { channel: r("a"), number: 9 }, "t"),
        op("reap", { pid: r("first") }, "t"),
      ],
      [
        op("close", { fd: r("a") }, "t"), // else the process would hold the very end whose closing it waits for
        op("hostname", { name: "shared" }, "t"),
        op("signal", { channel: r("b"), number: 1 }, "t"),
        op("await", { channel: r("b"), number: 9 }, "t"),
      ],
      [
        op("setns", { fd: r("firstfd"), types: K.CLONE_NEWUTS | K.CLONE_NEWPID }, "t"),
        op("clone", { section: 3, flags: K.CLONE_PARENT, cgroup: undefined, pid: r("second"), pidfd: undefined }, "t"),
        op("sendValue", { channel: r("b"), value: r("second") }, "t"),
      ],
      [shell("echo $(hostname) $$ && kill -9 1 2>/dev/null; echo alive")],
    ]);
    expect(ending(result)).toBe("exit 0");
    expect(result.stdout).toBe("shared 2\nalive\n");
  });

  test("outerUser finds the user namespace that no process is in any more, by one that lies in it", async () => {
    const r = registers();
    const argv = ["readlink", "/proc/self/ns/user"];
    const tell = op("run", { path: "/bin/readlink", argv, env: [], stdin: [], timeout: 5000, hole: -1, pid: undefined }, "t");
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("clone", { section: 1, flags: K.CLONE_NEWUSER, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
        op("close", { fd: r("b") }, "t"),
        openPath("/proc", r("proc")),
        op("openPid", { proc: r("proc"), pid: r("pid"), out: r("child") }, "t"),
        // Whoever makes one needs an id in the one before.
        ...["uid_map", "gid_map"].map((path) => op("write", { dir: r("child"), path, data: ["0 0 1"] }, "t")),
        op("signal", { channel: r("a"), number: 3 }, "t"),
        op("await", { channel: r("a"), number: 1 }, "t"),
        op("open", { dir: r("child"), path: "ns/user", flags: K.O_RDONLY, mode: 0, out: r("inner") }, "t"),
        op("outerUser", { fd: r("inner"), out: r("outer") }, "t"),
        op("signal", { channel: r("a"), number: 2 }, "t"),
        op("reap", { pid: r("pid") }, "t"),
        op("setns", { fd: r("outer"), types: K.CLONE_NEWUSER }, "t"),
        shell(argv.join(" ")),
      ],
      [
        op("close", { fd: r("a") }, "t"),
        op("await", { channel: r("b"), number: 3 }, "t"),
        tell,
        op("unshare", { flags: K.CLONE_NEWUSER }, "t"),
        op("signal", { channel: r("b"), number: 1 }, "t"),
        op("await", { channel: r("b"), number: 2 }, "t"),
      ],
    ]);
    expect([ending(result), result.stdout]).toEqual(["exit 0", result.stderr]);
    expect(result.stdout).toMatch(/^user:\[\d+\]\n$/);
  });

  test("outerUser of this process's own namespace is refused", async () => {
    const r = registers();
    const own = op("open", { dir: undefined, path: "/proc/self/ns/user", flags: K.O_RDONLY, mode: 0, out: r("own") }, "t");
    expect(ending(await runPlan([[own, op("outerUser", { fd: r("own"), out: r("outer") }, "t")]]))).toBe("EPERM at 1");
  });

  test("reap refuses a status other than 0", async () => {
    const r = registers();
    const clone = op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t");
    const result = await runPlan([[clone, op("reap", { pid: r("pid") }, "t")], [shell("exit 3")]]);
    expect(ending(result)).toBe("ECHILD at 1");
  });
});

describe("helpers", () => {
  const r = registers();
  const run = (script: string, options: { timeout?: number; path?: string; hole?: number } = {}) =>
    op(
      "run",
      {
        path: options.path ?? "/bin/sh",
        argv: ["sh", "-c", script, "zero", "one"],
        env: ["WHO=world"],
        stdin: ["in", "put"],
        timeout: options.timeout ?? 0,
        hole: options.hole ?? -1,
        pid: options.hole === undefined ? undefined : r("pid"),
      },
      "t",
    );

  test("get their input, environment and the pid, and speak on stderr", async () => {
    const result = await runPlan([[op("getPid", { out: r("pid") }, "t"), run('echo "$WHO $(cat) $1" = $PPID', { hole: 4 })]]);
    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(/^world input (\d+) = \1\n$/);
  });

  test("that fail, hang or are absent say how", async () => {
    const failed = await runPlan([[run("exit 3")]]);
    expect(failed.records).toEqual([
      { kind: "helper", op: 0, value: 0x300n },
      { kind: "failed", op: 0, value: 125n },
    ]);
    const before = performance.now();
    const hung = await runPlan([[run("sleep 60 & sleep 60", { timeout: 100 })]]);
    expect([ending(hung), hung.records[0]]).toEqual(["ETIMEDOUT at 0", { kind: "helper", op: 0, value: 9n }]);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(ending(await runPlan([[run("", { path: "/absent" })]]))).toBe("ENOENT at 0");
    expect(ending(await runPlan([[run("", { path: "/etc/passwd" })]]))).toBe("EACCES at 0");
  });

  test("and the container start with default signals, whatever the caller ignored", async () => {
    const show = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status | tr -s '\\t\\n' ' '";
    expect(await observe([], `exec grep -E '^Sig(Blk|Ign)' /proc/self/status`)).toBe(
      "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000",
    );
    expect((await runPlan([[run(show)]])).stderr).toContain("SigIgn: 0000000000000000");
  });
});

describe("exec", () => {
  const exec = (...candidates: string[]) => runPlan([[op("exec", { candidates, argv: ["sh", "-c", "echo ran"], env: [] }, "t")]]);

  test("takes the first candidate that can be executed, by execvp's rules", async () => {
    writeFileSync(dir.in("plain"), "");
    expect((await exec("/absent", "/etc/passwd/x", dir.in("plain"), "/bin/sh")).stdout).toBe("ran\n");
    expect(ending(await exec("/absent", "/etc/passwd/x"))).toBe("ENOENT at 0");
    expect(ending(await exec("/absent", dir.in("plain"), "/absent"))).toBe("EACCES at 0");
    expect(ending(await exec())).toBe("ENOENT at 0");
    writeFileSync(dir.in("text"), "no interpreter", { mode: 0o755 });
    expect(ending(await exec(dir.in("text"), "/bin/sh"))).toBe("ENOEXEC at 0");
  });
});

describe("the process to be", () => {
  const status = (field: string) => `grep -E '^(${field}):' /proc/self/status | tr -s '\\t\\n ' ' '`;
  const prctl = (option: number, a: number) => op("prctl", { option, a, b: 0, c: 0, d: 0 }, "t");
  const PR_SET_NO_NEW_PRIVS = 38;
  const PR_SET_KEEPCAPS = 8;
  // The bounding set here may lack some capabilities; these three every root has.
  const CAPS = 0b1n | (1n << 6n) | (1n << 7n); // chown, setgid, setuid
  const hex = (mask: bigint) => mask.toString(16).padStart(16, "0");
  const setCaps = (mask: bigint) => op("capSet", { effective: mask, permitted: mask, inheritable: mask }, "t");

  // biome-ignore format: table
  const rows: { name: string; ops: Op[]; script: string; seen: string }[] = [
    { name: "setgroups, setgid and setuid", ops: [op("setgroups", { gids: words(7, 9) }, "t"), op("setgid", { gid: 5 }, "t"), op("setuid", { uid: 4 }, "t")], script: "id -u; id -g; id -G", seen: "4\n5\n5 7 9" },
    { name: "no groups at all", ops: [op("setgroups", { gids: new Uint8Array() }, "t"), op("setgid", { gid: 5 }, "t")], script: "id -G", seen: "5" },
    { name: "capBound", ops: [op("capBound", { keep: CAPS }, "t")], script: status("CapBnd"), seen: `CapBnd: ${hex(CAPS)}` },
    { name: "capSet and capAmbient, kept over setuid", ops: [prctl(PR_SET_KEEPCAPS, 1), op("setuid", { uid: 4 }, "t"), setCaps(CAPS), op("capAmbient", { raise: 1n }, "t")], script: status("CapEff|CapInh|CapAmb"), seen: `CapInh: ${hex(CAPS)} CapEff: ${hex(1n)} CapAmb: ${hex(1n)}` },
    { name: "prctl", ops: [prctl(PR_SET_NO_NEW_PRIVS, 1)], script: status("NoNewPrivs"), seen: "NoNewPrivs: 1" },
    { name: "rlimit", ops: [op("rlimit", { pid: undefined, resource: 7, soft: 77, hard: 99 }, "t")], script: "ulimit -Sn; ulimit -Hn", seen: "77\n99" },
    { name: "umask", ops: [op("umask", { mask: 0o27 }, "t")], script: "umask", seen: "0027" },
    { name: "personality", ops: [op("personality", { persona: 0x0040000 }, "t")], script: "cat /proc/self/personality", seen: "00040000" },
    { name: "affinity", ops: [op("affinity", { mask: new Uint8Array([2]) }, "t")], script: status("Cpus_allowed_list"), seen: "Cpus_allowed_list: 1" },
    { name: "schedAttr", ops: [op("schedAttr", { attr: words(48, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }, "t")], script: "cut -d' ' -f41 /proc/self/stat", seen: "3" },
    { name: "mempolicy", ops: [op("mempolicy", { mode: 2, nodes: new Uint8Array([1]) }, "t")], script: "head -1 /proc/self/numa_maps | cut -d' ' -f2", seen: "bind:0" },
    { name: "setsid", ops: [op("setsid", {}, "t")], script: "test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo leader", seen: "leader" },
  ];
  for (const { name, ops, script, seen } of rows) {
    test(name, async () => {
      // A session leader must be a process that leads no group yet: a clone.
      const r = registers();
      const clone = op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t");
      const result = await runPlan([
        [clone, op("reap", { pid: r("pid") }, "t")],
        [...ops, shell(script)],
      ]);
      expect([result.failure, result.stdout.trim()]).toEqual([undefined, seen]);
    });
  }

  test("ioprio and keyring are accepted, sizes that do not fit are not", async () => {
    expect(await observe([op("ioprio", { value: (2 << 13) | 7 }, "t")], "ionice")).toBe("best-effort: prio 7");
    const keyring = await runPlan([
      [op("keyring", { name: "_teu.test" }, { from: "t", tolerate: ["ENOSYS", "EPERM"] }), shell("cat /proc/keys 2>/dev/null")],
    ]);
    expect(keyring.code).toBe(existsSync("/proc/keys") ? 0 : 1);
    expect(ending(await runPlan([[op("schedAttr", { attr: words(48, 3) }, "t")]]))).toBe("EINVAL at 0");
    expect(ending(await runPlan([[op("setgroups", { gids: new Uint8Array(3) }, "t")]]))).toBe("EINVAL at 0");
  });

  test("rlimit of another process", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "t"),
        op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
        op("rlimit", { pid: r("pid"), resource: 7, soft: 55, hard: 66 }, "t"),
        op("signal", { channel: r("a"), number: 1 }, "t"),
        op("reap", { pid: r("pid") }, "t"),
      ],
      [op("await", { channel: r("b"), number: 1 }, "t"), shell("ulimit -Sn")],
    ]);
    expect(result.stdout).toBe("55\n");
  });

  test("seccomp installs a filter, with a listener where asked", async () => {
    const r = registers();
    const SECCOMP_RET_ALLOW = 0x7fff0000;
    const SECCOMP_RET_ERRNO_EPERM = 0x00050001;
    const BPF_RET = 6;
    const BPF_LD_ABS = 0x20;
    const BPF_JEQ = 0x15;
    const filter = (...rows: number[][]) => {
      const bytes = new DataView(new ArrayBuffer(rows.length * 8));
      for (const [index, [code = 0, yes = 0, no = 0, k = 0]] of rows.entries()) {
        bytes.setUint16(index * 8, code, true);
        bytes.setUint8(index * 8 + 2, yes);
        bytes.setUint8(index * 8 + 3, no);
        bytes.setUint32(index * 8 + 4, k, true);
      }
      return new Uint8Array(bytes.buffer);
    };
    const uname = process.arch === "arm64" ? 160 : 63;
    const program = filter(
      [BPF_LD_ABS, 0, 0, 0],
      [BPF_JEQ, 0, 1, uname],
      [BPF_RET, 0, 0, SECCOMP_RET_ERRNO_EPERM],
      [BPF_RET, 0, 0, SECCOMP_RET_ALLOW],
    );
    const seccomp = (flags: number) => op("seccomp", { flags, program, listener: r("listener") }, "t");
    expect(await observe([seccomp(0)], "uname 2>/dev/null || echo refused")).toBe("refused");
    const listener = [seccomp(8), op("dup2", { from: r("listener"), fd: 9 }, "t")];
    expect(await observe(listener, "readlink /proc/$$/fd/9")).toBe("anon_inode:seccomp notify");
    expect(ending(await runPlan([[op("seccomp", { flags: 0, program: new Uint8Array(7), listener: undefined }, "t")]]))).toBe(
      "EINVAL at 0",
    );
  });

  test("raise ends the launcher where the plan says", async () => {
    expect((await runPlan([[op("raise", { signal: 9 }, "t")]])).signal).toBe("SIGKILL");
  });

  test("ownStdio gives the descriptors to a user", async () => {
    expect(await observe([op("ownStdio", { uid: 77 }, "t")], "stat -L -c %u /proc/$$/fd/1")).toBe("77");
  });
});
