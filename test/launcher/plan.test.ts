// How the launcher takes a plan: refusals, how ops end, what is taken back, what is reported. docs/plan.md.
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { encodePlan, HEADER_SIZE, OP_FLAG, OP_SIZE, SECTION_SIZE } from "../../src/kernel/plan/encode.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { PLAN_FAULT } from "../../src/kernel/plan/report.ts";
import { LAUNCHER, planOf, runPlan, startPlan } from "../support/run-plan.ts";
import { ending, K, observe, openPath, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const FIRST_OP = HEADER_SIZE + SECTION_SIZE;

const missing = (out: ReturnType<ReturnType<typeof registers>>, policy: Parameters<typeof op>[2] = "test"): Op =>
  op("open", { dir: undefined, path: "/does/not/exist", flags: 0, mode: 0, out }, policy);

describe("a plan", () => {
  test("without ops does nothing and says nothing", async () => {
    const result = await runPlan([[]]);
    expect({ code: result.code, records: result.records }).toEqual({ code: 0, records: [] });
  });

  test("is wanted on descriptor 3", () => {
    const result = spawnSync(LAUNCHER, [], { encoding: "utf8" });
    expect(result.status).toBe(125);
    expect(result.stderr).toStartWith("usage: teu-launcher");
  });

  test("may come through a pipe", () => {
    writeFileSync(dir.in("plan"), encodePlan(planOf([shell("echo ran")])));
    const result = spawnSync("sh", ["-c", `cat ${dir.in("plan")} | ${LAUNCHER} 3<&0 4>/dev/null`], { encoding: "utf8" });
    expect(result.stdout).toBe("ran\n");
  });

  test("with timings tells what each op took", async () => {
    const r = registers();
    const result = await runPlan([[openPath("/", r("a")), op("close", { fd: r("a") }, "test")]], { timings: true });
    expect(result.records.map((record) => `${record.kind} ${record.op}`)).toEqual(["time 0", "time 1"]);
    for (const record of result.records) expect(record.value).toBeGreaterThan(0n);
  });
});

describe("a plan is refused before its first op for", () => {
  const r = registers();
  const sample = () =>
    encodePlan(
      planOf([
        op("mkdir", { dir: undefined, path: dir.in("refused"), mode: 0o755 }, "test"),
        op("write", { dir: r("d"), path: "x", data: ["literal", { decimal: r("n") }] }, "test"),
        op("exec", { candidates: ["/bin/true"], argv: ["true"], env: [] }, "test"),
      ]),
    );
  const ranges = (op: number, arg: number) => FIRST_OP + op * OP_SIZE + 8 + arg * 8;
  const blobAt = (view: DataView, op: number, arg: number) => view.getUint32(20, true) + view.getUint32(ranges(op, arg), true);
  // biome-ignore format: table
  const rows: { name: string; change: (view: DataView) => void; fault: keyof typeof PLAN_FAULT; op?: number }[] = [
    { name: "another magic", change: (v) => v.setUint32(0, 1, true), fault: "header" },
    { name: "another version", change: (v) => v.setUint16(4, 99, true), fault: "version" },
    { name: "an unknown header flag", change: (v) => v.setUint16(6, 2, true), fault: "header" },
    { name: "a wrong length", change: (v) => v.setUint32(8, 40, true), fault: "header" },
    { name: "no sections", change: (v) => v.setUint32(12, 0, true), fault: "section" },
    { name: "more ops than there are", change: (v) => v.setUint32(16, 1 << 30, true), fault: "header" },
    { name: "a section beyond the ops", change: (v) => v.setUint32(HEADER_SIZE + 4, 9, true), fault: "section" },
    { name: "a section that leaves ops out", change: (v) => v.setUint32(HEADER_SIZE + 4, 1, true), fault: "section" },
    { name: "an unknown op", change: (v) => v.setUint16(FIRST_OP + OP_SIZE, 4000, true), fault: "op", op: 1 },
    { name: "an unknown op flag", change: (v) => v.setUint16(FIRST_OP + 2, 64, true), fault: "flags" },
    { name: "a fallback to nothing", change: (v) => v.setUint16(FIRST_OP + 2, OP_FLAG.fallback, true), fault: "flags" },
    { name: "a register beyond the last", change: (v) => v.setBigInt64(ranges(1, 0), 256n, true), fault: "register", op: 1 },
    { name: "a string beyond the blob", change: (v) => v.setUint32(ranges(0, 1), 0xffff_fff0, true), fault: "range" },
    { name: "a string without its NUL", change: (v) => v.setUint32(ranges(0, 1) + 4, 3, true), fault: "string" },
    { name: "a string of no bytes", change: (v) => v.setUint32(ranges(0, 1) + 4, 0, true), fault: "string" },
    { name: "a string with a NUL inside", change: (v) => v.setUint8(blobAt(v, 0, 1) + 2, 0), fault: "string" },
    { name: "a list without its NUL", change: (v) => v.setUint32(ranges(2, 1) + 4, 2, true), fault: "string", op: 2 },
    { name: "a piece longer than the rest", change: (v) => v.setUint32(blobAt(v, 1, 2) + 4, 4000, true), fault: "pieces", op: 1 },
    { name: "a piece of unknown kind", change: (v) => v.setUint32(blobAt(v, 1, 2), 7, true), fault: "pieces", op: 1 },
    { name: "a value where the op has no argument", change: (v) => v.setBigInt64(ranges(0, 7), 1n, true), fault: "argument" },
  ];
  for (const { name, change, fault, op: index } of rows) {
    test(name, async () => {
      const bytes = sample();
      change(new DataView(bytes.buffer));
      const result = await startPlan(bytes).ended;
      expect(result.code).toBe(125);
      expect(result.records).toEqual([{ kind: "refused", op: index ?? 0, value: BigInt(PLAN_FAULT[fault]) }]);
      expect(existsSync(dir.in("refused"))).toBe(false);
    });
  }

  test("no bytes at all, or fewer than it says", async () => {
    for (const length of [0, 31, 100]) {
      const result = await startPlan(sample().slice(0, length)).ended;
      expect(result.records.map((record) => record.kind)).toEqual(["refused"]);
    }
  });

  test("a clone of its own or an earlier section, and a monitor that is not the end", async () => {
    const clone = (section: number) => op("clone", { section, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "test");
    const none = { pty: undefined, listener: undefined, client: undefined, dir: undefined, onExit: [], attended: 0 };
    const monitor = op("monitor", { pid: r("pid"), pidfd: r("pidfd"), ...none }, "test");
    for (const sections of [[[clone(0)]], [[clone(1)], [clone(1)]], [[clone(7)]], [[monitor, clone(1)], []], [[clone(1)], [monitor]]]) {
      const result = await runPlan(sections);
      expect(result.records.map((record) => `${record.kind} ${record.value}`)).toEqual([`refused ${PLAN_FAULT.section}`]);
    }
  });
});

describe("an op that fails", () => {
  test("ends the plan with its index and errno", async () => {
    const r = registers();
    const result = await runPlan([[openPath("/", r("a")), missing(r("b")), shell("echo never")]]);
    expect([ending(result), result.code, result.stdout]).toEqual(["ENOENT at 1", 125, ""]);
  });

  test("with a tolerated errno leaves its registers unset and goes on", async () => {
    const r = registers();
    const ops = [openPath("/", r("a")), missing(r("a"), { from: "test", tolerate: ["EACCES", "ENOENT"] })];
    expect(await observe(ops, "echo on")).toBe("on");
    expect(ending(await runPlan([[...ops, op("fchdir", { fd: r("a") }, "test")]]))).toBe("EBADF at 2");
    expect(ending(await runPlan([[missing(r("a"), { from: "test", tolerate: ["EACCES"] })]]))).toBe("ENOENT at 0");
  });

  test("when optional is a warning", async () => {
    const r = registers();
    const result = await runPlan([[missing(r("a"), { from: "test", optional: true })]]);
    expect(result.code).toBe(0);
    expect(result.records).toEqual([{ kind: "warned", op: 0, value: 2n }]);
  });

  test("hands over to its fallbacks, which an op that works skips", async () => {
    const r = registers();
    const touch = (name: string) => op("mkdir", { dir: undefined, path: dir.in(name), mode: 0o755 }, { from: "test", fallback: true });
    const result = await runPlan([
      [missing(r("a"), { from: "test", tolerate: ["ENOENT"] }), touch("one"), touch("two"), openPath("/", r("a")), touch("three")],
    ]);
    expect(result.code).toBe(0);
    expect(
      readdirSync(dir.path)
        .filter((name) => ["one", "two", "three"].includes(name))
        .sort(),
    ).toEqual(["one", "two"]);
  });

  test("leaves ops that need its register to be skipped where they say so, never to use the working directory instead", async () => {
    const r = registers();
    const lost = missing(r("d"), { from: "test", tolerate: ["ENOENT"] });
    const make = (policy: Parameters<typeof op>[2]) => op("mkdir", { dir: r("d"), path: dir.in("nowhere").slice(1), mode: 0o755 }, policy);
    expect((await runPlan([[lost, make({ from: "test", ifSet: true })]])).code).toBe(0);
    expect(ending(await runPlan([[lost, make("test")]]))).toBe("EBADF at 1");
    expect(existsSync(dir.in("nowhere"))).toBe(false);
  });
});

describe("a failed host section takes back", () => {
  test("directories, files, sockets, processes and mounts, newest first", async () => {
    const r = registers();
    const channel = [op("channel", { a: r("a"), b: r("b") }, "test")];
    const result = await runPlan([
      [
        op("mkdir", { dir: undefined, path: dir.in("outer"), mode: 0o755 }, "test"),
        op("open", { dir: undefined, path: dir.in("outer"), flags: K.O_DIRECTORY, mode: 0, out: r("outer") }, "test"),
        op("mkdir", { dir: r("outer"), path: "inner", mode: 0o755 }, "test"),
        op("putFile", { dir: r("outer"), path: "file", mode: 0o600, data: ["x"] }, "test"),
        op("listen", { dir: r("outer"), name: "socket", out: r("listener") }, "test"),
        openPath(dir.in("outer/inner"), r("inner")),
        op("fsMount", { type: "tmpfs", options: [], attr: 0, out: r("tmpfs") }, "test"),
        op("moveMount", { from: r("tmpfs"), to: r("inner"), flags: 0 }, "test"),
        ...channel,
        op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "test"),
        op("report", { kind: 3, value: r("pid") }, "test"),
        op("close", { fd: r("outer") }, "test"),
        missing(r("x")),
      ],
      [op("await", { channel: r("a"), number: 1 }, "test")],
    ]);
    expect(ending(result)).toBe("ENOENT at 12");
    expect(existsSync(dir.in("outer"))).toBe(false);
    const pid = result.records.find((record) => record.kind === "pid")?.value;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(dir.path);
  });

  test("not a directory that was there before", async () => {
    const r = registers();
    const make = op("mkdir", { dir: undefined, path: dir.in("kept"), mode: 0o755 }, "test");
    expect((await runPlan([[make]])).code).toBe(0);
    await runPlan([[make, missing(r("x"))]]);
    expect(existsSync(dir.in("kept"))).toBe(true);
  });

  test("a process that a joining child cloned for it", async () => {
    const r = registers();
    const result = await runPlan([
      [
        op("channel", { a: r("a"), b: r("b") }, "test"),
        op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("join"), pidfd: undefined }, "test"),
        op("recvValue", { channel: r("a"), out: r("pid") }, "test"),
        op("pidfdOpen", { pid: r("pid"), out: r("pidfd") }, "test"),
        op("reap", { pid: r("join") }, "test"),
        op("report", { kind: 3, value: r("pid") }, "test"),
        missing(r("x")),
      ],
      [
        op("clone", { section: 2, flags: K.CLONE_PARENT, cgroup: undefined, pid: r("grandchild"), pidfd: undefined }, "test"),
        op("sendValue", { channel: r("b"), value: r("grandchild") }, "test"),
      ],
      [shell("exec sleep 60 </dev/null >/dev/null 2>&1")],
    ]);
    expect(ending(result)).toBe("ENOENT at 6");
    const pid = result.records.find((record) => record.kind === "pid")?.value ?? 0n;
    expect(pid).toBeGreaterThan(0n);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});
