import { describe, expect, test } from "bun:test";
import { ERRNO, type Errno } from "../../base/errno.ts";
import { KernelError } from "../../base/errors.ts";
import { OPS, type OpName } from "../plan/ops.ts";
import { type Op, op, type Plan, type Register } from "../plan/plan.ts";
import { PLAN_FAULT } from "../plan/report.ts";
import { failureOf, opAt, opSentence, originOf, planFailure } from "./failure.ts";
import { HINTS } from "./hints.ts";

import type { ReportRecord } from "./records.ts";

const r = 0 as Register;
const sentence = (one: Op, errno: Errno) => opSentence(originOf(one), ERRNO[errno]);

// biome-ignore format: table
const SENTENCES: readonly { readonly name: string; readonly one: Op; readonly errno: Errno; readonly want: string }[] = [
  { name: "its subject where it has one", errno: "EPERM", one: op("moveMount", { from: r, to: r, flags: 0 }, { from: "mounts[3]", subject: "tmpfs on /data" }),
    want: "mount tmpfs on /data: mounts[3]: operation not permitted (EPERM)" },
  { name: "its path where it has no subject", errno: "EINVAL", one: op("write", { dir: undefined, path: "/sys/x", data: ["1"] }, "linux.resources.memory.limit"),
    want: "write /sys/x: linux.resources.memory.limit: invalid argument (EINVAL)" },
  { name: "a name where it has no path", errno: "EPERM", one: op("hostname", { name: "box" }, "hostname"), want: "hostname box: hostname: operation not permitted (EPERM)" },
  { name: "only itself where nothing names it", errno: "EPERM", one: op("setsid", {}, "process"), want: "setsid: process: operation not permitted (EPERM)" },
  { name: "the program, quoted", errno: "ENOENT", one: op("exec", { candidates: ["/bin/a", "/usr/bin/a"], argv: ["a", "b"], env: [] }, "process.args"),
    want: `execute "a": no such file or directory (ENOENT); no directory of the container's $PATH has a program of this name` },
  { name: "no more than the errno of a program that was named by its path", errno: "ENOENT", one: op("exec", { candidates: ["/a"], argv: ["/a"], env: [] }, "process.args"),
    want: 'execute "/a": no such file or directory (ENOENT)' },
  { name: "what to do where the errno misleads", errno: "EROFS", one: op("mkdir", { dir: undefined, path: "/sys/fs/cgroup/x", mode: 0 }, "linux.cgroupsPath"),
    want: "mkdir /sys/fs/cgroup/x: linux.cgroupsPath: read-only file system (EROFS); the cgroup file system is mounted read-only" },
];

describe("the sentence of a failed op says", () => {
  for (const { name, one, errno, want } of SENTENCES) test(name, () => expect(sentence(one, errno)).toBe(want));

  test("an errno that no table knows by its number", () => {
    expect(opSentence({ name: "setsid", from: "process", subject: "" }, 9999)).toContain("9999");
  });
});

describe("the sentence of an op that is made of several things", () => {
  const items = [
    { doing: "connect container to network web", subject: "interface eth0" },
    { doing: "connect container to network web", subject: "address 10.89.0.2/24 of eth0" },
  ];
  const args = { protocol: 0, file: r, part: 4, namespace: undefined };
  const one = op("netlinkPart", args, { from: "network", subject: "the container's side of its networks", items });
  const plan: Plan = { sections: [{ name: "host", ops: [one] }], registers: [] };
  const failed: ReportRecord = { kind: "failed", op: 0, value: BigInt(ERRNO.EEXIST) };
  const record = (kind: ReportRecord["kind"], value: bigint): ReportRecord => ({ kind, op: 0, value });

  test("names the one that failed, and gives the kernel's own words", () => {
    const text = Buffer.from("taken\0\0\0").readBigInt64LE();
    expect(planFailure(plan, [record("item", 2n), record("text", text), failed])?.message).toBe(
      "connect container to network web: address 10.89.0.2/24 of eth0: file exists (EEXIST): taken",
    );
  });

  test("names the first where the report does not tell", () => {
    expect(planFailure(plan, [failed])?.message).toBe("connect container to network web: interface eth0: file exists (EEXIST)");
  });

  test("is that of any op for a number that there is not", () => {
    const want = "set up the container's side of its networks: network: file exists (EEXIST)";
    expect(planFailure(plan, [record("item", 3n), failed])?.message).toBe(want);
  });

  test("does not take a number of another op for its own", () => {
    const other: ReportRecord = { kind: "item", op: 7, value: 2n };
    expect(planFailure(plan, [other, failed])?.message).toStartWith("connect container to network web: interface eth0");
  });
});

describe("hints", () => {
  const all = Object.entries(HINTS).flatMap(([name, hints]) => Object.entries(hints).map(([errno, hint]) => ({ name, errno, hint })));

  test("are of ops and errnos that there are", () => {
    expect(all.filter(({ name, errno }) => !Object.hasOwn(OPS, name) || !Object.hasOwn(ERRNO, errno))).toEqual([]);
    expect(all.length).toBeGreaterThan(5);
  });

  test("go on in the middle of a sentence", () => {
    expect(all.filter(({ hint }) => /^[A-Z](?![A-Z_])|\.$/.test(hint))).toEqual([]);
  });
});

const plan: Plan = {
  sections: [
    {
      name: "host",
      ops: [
        op("setsid", {}, "a"),
        op("run", { path: "/hook", argv: [], env: [], stdin: [], timeout: 0, hole: -1, pid: undefined }, "hooks.prestart[0]"),
      ],
    },
    {
      name: "child",
      ops: [op("hostname", { name: "box" }, "hostname"), op("exec", { candidates: ["/a"], argv: ["a"], env: [] }, "process.args")],
    },
  ],
  registers: [],
};
const failed = (at: number, errno: Errno, ...before: readonly ReportRecord[]) =>
  planFailure(plan, [...before, { kind: "failed", op: at, value: BigInt(ERRNO[errno]) }]);
const helper = (status: number): ReportRecord => ({ kind: "helper", op: 1, value: BigInt(status) });
const words = (text: string): ReportRecord => ({
  kind: "text",
  op: 0,
  value: new DataView(new TextEncoder().encode(text.padEnd(8, "\0")).buffer).getBigInt64(0, true),
});

// biome-ignore format: table
const FAILURES = [
  { name: "an op of a later section, by its number over all", error: failed(2, "EPERM"), code: "kernel", message: "hostname box: hostname: operation not permitted (EPERM)" },
  { name: "a program that is not there", error: failed(3, "ENOENT"), code: "command-not-found", message: `execute "a": no such file or directory (ENOENT); no directory of the container's $PATH has a program of this name` },
  { name: "a program below what is no directory", error: failed(3, "ENOTDIR"), code: "command-not-found", message: 'execute "a": not a directory (ENOTDIR)' },
  { name: "a program that is not executable", error: failed(3, "EACCES"), code: "command-not-executable", message: 'execute "a": permission denied (EACCES)' },
  { name: "a program of no known format", error: failed(3, "ENOEXEC"), code: "command-not-executable", message: 'execute "a": exec format error (ENOEXEC)' },
  { name: "a program for which there is no memory", error: failed(3, "ENOMEM"), code: "kernel", message: 'execute "a": out of memory (ENOMEM)' },
  { name: "a file that is not there, which is no program", error: failed(1, "ENOENT"), code: "kernel", message: "run /hook: hooks.prestart[0]: no such file or directory (ENOENT)" },
  { name: "a helper's exit status", error: failed(1, "ECANCELED", helper(3 << 8)), code: "kernel",
    message: "run /hook: hooks.prestart[0]: cancelled (ECANCELED): it exited with status 3" },
  { name: "the signal that ended a helper", error: failed(1, "ETIMEDOUT", helper(9)), code: "kernel",
    message: "run /hook: hooks.prestart[0]: timed out (ETIMEDOUT): it was ended by signal 9" },
  { name: "the kernel's own words", error: failed(0, "EINVAL", words("no link")), code: "kernel", message: "setsid: a: invalid argument (EINVAL): no link" },
  { name: "an op that is not in the plan", error: failed(4, "EPERM"), code: "internal", message: "op 4, which is not in the plan, ended with operation not permitted (EPERM)" },
  { name: "a plan that was refused", error: planFailure(plan, [{ kind: "refused", op: 2, value: BigInt(PLAN_FAULT.register) }]), code: "internal",
    message: `the launcher refused the plan: fault ${PLAN_FAULT.register} at op 2` },
] as const;

describe("the failure of a plan names", () => {
  for (const { name, error, code, message } of FAILURES) {
    test(name, () => {
      expect(error?.code).toBe(code);
      expect(error?.message).toBe(message);
    });
  }

  test("errno and field for programs to read", () => {
    const error = failed(2, "EPERM");
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ errno: ERRNO.EPERM, field: "hostname" });
  });

  test("nothing when the plan went through, with warnings or without", () => {
    const records: readonly ReportRecord[] = [
      { kind: "warned", op: 1, value: 1n },
      { kind: "pid", op: 1, value: 7n },
      { kind: "done", op: 1, value: 7n },
    ];
    expect(failureOf(records, () => undefined)).toBeUndefined();
    expect(failureOf([], () => undefined)).toBeUndefined();
  });
});

test("ops are counted over all sections", () => {
  expect([0, 1, 2, 3, 4].map((index) => opAt(plan, index)?.name)).toEqual(["setsid", "run", "hostname", "exec", undefined]);
});

test("verbs and subjects leave no op without a name", () => {
  for (const name of Object.keys(OPS) as OpName[])
    expect(opSentence({ name, from: "f", subject: "s" }, ERRNO.EIO)).toMatch(name === "exec" ? /^execute s: i/ : /^\S.* s: f: /);
});
