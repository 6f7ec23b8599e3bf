import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import type { Linux, Process } from "../../spec/runtime/config.ts";
import { affinityOp, cpuMask, schedulingOps } from "./scheduling-ops.ts";

const ops = (process: Partial<Process>, linux: Linux = {}) => schedulingOps({ cwd: "/", ...process }, linux);

describe("a list of CPUs as a mask", () => {
  const bit = (number: number, length = 8) => {
    const mask = new Uint8Array(length);
    mask[number >> 3] = 1 << (number & 7);
    return mask;
  };
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly list: string; readonly want: Uint8Array }[] = [
    { name: "one", list: "0", want: bit(0) },
    { name: "the last of a word", list: "63", want: bit(63) },
    { name: "the first of the next word", list: "64", want: bit(64, 16) },
    { name: "a range", list: "1-3", want: Uint8Array.of(0b1110, 0, 0, 0, 0, 0, 0, 0) },
    { name: "a range of one", list: "5-5", want: bit(5) },
    { name: "several, in any order, once or twice", list: "9,0-1,1", want: Uint8Array.of(3, 2, 0, 0, 0, 0, 0, 0) },
    { name: "with spaces", list: " 0 , 2 ", want: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0) },
    { name: "the last that the kernel may have", list: "8191", want: bit(8191, 1024) },
  ];
  for (const { name, list, want } of rows) test(`is ${name}: ${list}`, () => expect(cpuMask(list, "f")).toEqual(want));

  for (const list of ["", ",", "a", "-1", "1-", "3-1", "0-", "1,,2", "0x1", "8192", "0-99999999999", "1;2", "1.5"]) {
    test(`is refused, naming the field, for ${JSON.stringify(list)}`, () => {
      expect(() => cpuMask(list, "process.x")).toThrow(InvalidInputError);
      expect(() => cpuMask(list, "process.x")).toThrow(/process\.x: ".*" is not a list such as 0-3,7/);
    });
  }

  test("is an op's argument", () => {
    expect(affinityOp("0-1", "process.execCPUAffinity.final")).toMatchObject({
      name: "affinity",
      args: { mask: cpuMask("0-1", "f") },
      from: "process.execCPUAffinity.final",
    });
  });
});

/** struct sched_attr of linux/sched/types.h. */
function schedAttr(bytes: unknown) {
  if (!(bytes instanceof Uint8Array)) throw new Error("no bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: view.getUint32(0, true),
    policy: view.getUint32(4, true),
    flags: view.getBigUint64(8, true),
    nice: view.getInt32(16, true),
    priority: view.getUint32(20, true),
    runtime: view.getBigUint64(24, true),
    deadline: view.getBigUint64(32, true),
    period: view.getBigUint64(40, true),
  };
}

describe("a scheduler", () => {
  const nothing = { size: 56, policy: 0, flags: 0n, nice: 0, priority: 0, runtime: 0n, deadline: 0n, period: 0n };
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly scheduler: NonNullable<Process["scheduler"]>; readonly want: Partial<typeof nothing> }[] = [
    { name: "of the usual kind with a nice value", scheduler: { policy: "SCHED_OTHER", nice: -20 }, want: { nice: -20 } },
    { name: "of a real-time kind with a priority", scheduler: { policy: "SCHED_FIFO", priority: 99 }, want: { policy: 1, priority: 99 } },
    { name: "with flags together", scheduler: { policy: "SCHED_BATCH", flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_UTIL_CLAMP_MAX"] }, want: { policy: 3, flags: 0x41n } },
    { name: "with a deadline in nanoseconds of 64 bits", scheduler: { policy: "SCHED_DEADLINE", runtime: 10_000_000_000n, deadline: 2n ** 53n + 1n, period: 2n ** 60n },
      want: { policy: 6, runtime: 10_000_000_000n, deadline: 2n ** 53n + 1n, period: 2n ** 60n } },
  ];
  for (const { name, scheduler, want } of rows) {
    test(`${name} is the struct that sched_setattr(2) takes`, () => {
      const [op] = ops({ scheduler });
      expect(op).toMatchObject({ name: "schedAttr", from: "process.scheduler" });
      expect(schedAttr(op?.args.attr)).toEqual({ ...nothing, ...want });
    });
  }
});

describe("other properties", () => {
  // biome-ignore format: table
  const rows = [
    { name: "I/O priority as class and level in one number", made: ops({ ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 } }), want: { name: "ioprio", args: { value: (2 << 13) | 4 }, from: "process.ioPriority" } },
    { name: "I/O priority at its highest level where none is given", made: ops({ ioPriority: { class: "IOPRIO_CLASS_IDLE" } }), want: { args: { value: 3 << 13 } } },
    { name: "a memory policy with flags and nodes", made: ops({}, { memoryPolicy: { mode: "MPOL_INTERLEAVE", nodes: "0-1", flags: ["MPOL_F_STATIC_NODES"] } }),
      want: { name: "mempolicy", args: { mode: 0x8003, nodes: Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0) }, from: "linux.memoryPolicy" } },
    { name: "a memory policy without nodes", made: ops({}, { memoryPolicy: { mode: "MPOL_DEFAULT" } }), want: { args: { mode: 0, nodes: new Uint8Array() } } },
    { name: "a personality", made: ops({}, { personality: { domain: "LINUX32" } }), want: { name: "personality", args: { persona: 8 }, from: "linux.personality" } },
  ];
  for (const { name, made, want } of rows) {
    test(`are ${name}`, () => {
      expect(made).toHaveLength(1);
      expect(made[0]).toMatchObject(want);
    });
  }

  test("that are not asked for are left alone", () => expect(ops({})).toEqual([]));
});
