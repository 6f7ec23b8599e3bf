// The launcher without root: id maps, the sealed copy, who may look into it; and the joined process that root makes.
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { type Op, op, type Register } from "../../src/kernel/plan/plan.ts";
import { LAUNCHER, planOf, runPlan, startPlan } from "../support/run-plan.ts";
import { ending, K, openPath, registers, scratch, shell } from "./setup.ts";

const UID = 23456;
const dir = scratch();

/** The host's part: a child in a new user namespace, its maps, then barrier 1; what comes after is the test's. */
function hostOps(r: (name: string) => Register, flags: number): Op[] {
  const map = (file: string, text: string) => op("write", { dir: r("child dir"), path: file, data: [text] }, "t");
  return [
    op("channel", { a: r("a"), b: r("b") }, "t"),
    op("clone", { section: 1, flags: K.CLONE_NEWUSER | flags, cgroup: undefined, pid: r("pid"), pidfd: r("pidfd") }, "t"),
    op("close", { fd: r("b") }, "t"),
    openPath("/proc", r("proc")),
    op("openPid", { proc: r("proc"), pid: r("pid"), out: r("child dir") }, "t"),
    map("setgroups", "deny"),
    map("uid_map", `0 ${UID} 1`),
    map("gid_map", `0 ${UID} 1`),
    op("signal", { channel: r("a"), number: 1 }, "t"),
  ];
}

const mapped = (r: (name: string) => Register): Op[] => [
  op("close", { fd: r("a") }, "t"),
  op("await", { channel: r("b"), number: 1 }, "t"),
  op("setgid", { gid: 0 }, "t"),
  op("setuid", { uid: 0 }, "t"),
];

describe("an ordinary user", () => {
  test("gets a container of mapped ids, mounts included", async () => {
    const r = registers();
    const flags = K.CLONE_NEWNS | K.CLONE_NEWUTS | K.CLONE_NEWPID | K.CLONE_NEWIPC;
    const result = await runPlan(
      [
        [...hostOps(r, flags), op("reap", { pid: r("pid") }, "t")],
        [
          ...mapped(r),
          op("hostname", { name: "rootless" }, "t"),
          op("fsMount", { type: "tmpfs", options: [], attr: 0, out: r("fs") }, "t"),
          openPath("/mnt", r("mnt")),
          op("moveMount", { from: r("fs"), to: r("mnt"), flags: 0 }, "t"),
          shell("hostname; id -u; id -g; touch /mnt/x && ls /mnt; head -c 40 /proc/self/uid_map | tr -s ' '"),
        ],
      ],
      { uid: UID },
    );
    expect([result.failure, result.stderr, result.stdout]).toEqual([undefined, "", `rootless\n0\n0\nx\n 0 ${UID} 1\n`]);
  });

  test("runs a copy that nobody can write to, the file's owner included", async () => {
    const mine = dir.in("launcher");
    copyFileSync(LAUNCHER, mine);
    chmodSync(mine, 0o777);
    const r = registers();
    const running = startPlan(
      encodePlan(
        planOf([
          op("channel", { a: r("a"), b: r("b") }, "t"),
          op("report", { kind: 5, value: undefined }, "t"),
          op("await", { channel: r("a"), number: 1 }, "t"),
        ]),
      ),
      { uid: UID, launcher: mine },
    );
    while (running.records().length === 0) await Bun.sleep(2);
    const exe = openSync(`/proc/${running.child.pid}/exe`, "r");
    running.child.kill("SIGKILL");
    await running.ended;
    expect(() => writeSync(openSync(`/proc/self/fd/${exe}`, "r+"), "x")).toThrow("EPERM");
  });

  test("a process that joins others can no longer be looked into, and could before", async () => {
    const r = registers();
    const host = [
      ...hostOps(r, 0),
      op("await", { channel: r("a"), number: 2 }, "t"),
      op("channel", { a: r("a2"), b: r("b2") }, "t"),
      op("clone", { section: 2, flags: 0, cgroup: undefined, pid: r("join"), pidfd: undefined }, "t"),
      op("report", { kind: 3, value: r("join") }, "t"),
      op("await", { channel: r("a2"), number: 3 }, "t"),
      op("report", { kind: 5, value: undefined }, "t"),
      op("await", { channel: r("a2"), number: 4 }, "t"),
    ];
    const child = [...mapped(r), op("signal", { channel: r("b"), number: 2 }, "t"), op("await", { channel: r("b"), number: 9 }, "t")];
    const join = [
      op("close", { fd: r("a") }, "t"),
      op("close", { fd: r("a2") }, "t"),
      op("setns", { fd: r("pidfd"), types: K.CLONE_NEWUSER }, "t"),
      op("signal", { channel: r("b2"), number: 3 }, "t"),
      op("await", { channel: r("b2"), number: 9 }, "t"),
    ];
    const running = startPlan(encodePlan(planOf(host, child, join)), { uid: UID });
    while (!running.records().some((record) => record.kind === "done" || record.kind === "failed")) await Bun.sleep(2);
    const joined = running.records().find((record) => record.kind === "pid")?.value;
    expect(statSync(`/proc/${running.child.pid}/environ`).uid).toBe(UID);
    expect(statSync(`/proc/${joined}/environ`).uid).toBe(0);
    running.child.kill("SIGKILL");
    await running.ended;
  });
});

describe("root", () => {
  test("is never dumpable: its /proc files belong to root whatever ids it takes", async () => {
    const r = registers();
    const result = await runPlan([
      [
        ...hostOps(r, K.CLONE_NEWPID),
        op("await", { channel: r("a"), number: 2 }, "t"),
        op("report", { kind: 3, value: r("pid") }, "t"),
        op("reap", { pid: r("pid") }, "t"),
      ],
      [...mapped(r), op("signal", { channel: r("b"), number: 2 }, "t"), shell("id -u; exit 0")],
    ]);
    expect([ending(result), result.stdout]).toEqual(["exit 0", "0\n"]);
    const me = registers();
    const running = startPlan(
      encodePlan(
        planOf([
          op("channel", { a: me("a"), b: me("b") }, "t"),
          op("setuid", { uid: UID }, "t"),
          op("report", { kind: 5, value: undefined }, "t"),
          op("await", { channel: me("a"), number: 1 }, "t"),
        ]),
      ),
    );
    while (running.records().length === 0) await Bun.sleep(2);
    expect(readFileSync(`/proc/${running.child.pid}/status`, "utf8")).toContain(`Uid:\t${UID}`);
    expect(statSync(`/proc/${running.child.pid}/environ`).uid).toBe(0);
    running.child.kill("SIGKILL");
    await running.ended;
  });
});
