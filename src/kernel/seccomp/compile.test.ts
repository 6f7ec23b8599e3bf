import { describe, expect, test } from "bun:test";
import type { Seccomp, SyscallRule } from "../../spec/runtime/config.ts";
import { type Call, runFilter } from "./bpf-interpreter.test-support.ts";
import { compileSeccomp } from "./compile.ts";

const X86_64 = 0xc000003e;
const X86 = 0x40000003;
const AARCH64 = 0xc00000b7;
const ARM = 0x40000028;
const KILL = 0;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const ALLOW = 0x7fff0000;

const refusing = (...syscalls: SyscallRule[]): Seccomp => ({ defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86"], syscalls });
const allowing = (...syscalls: SyscallRule[]): Seccomp => ({ defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86"], syscalls });
const allow = (names: string[], ...args: NonNullable<SyscallRule["args"]>): SyscallRule => ({ names, action: "SCMP_ACT_ALLOW", args });
const refuse = (names: string[], ...args: NonNullable<SyscallRule["args"]>): SyscallRule => ({ names, action: "SCMP_ACT_ERRNO", args });
const equal = (index: number, value: number | bigint) => ({ index, value, op: "SCMP_CMP_EQ" });
const on = (audit: number, number: number, ...args: bigint[]): Call => ({ audit, number, args });

interface Row {
  readonly name: string;
  readonly profile: Seccomp;
  readonly call: Call;
  readonly answer: number;
}

function check(rows: readonly Row[], arch: "x86_64" | "aarch64" = "x86_64"): void {
  test.each([...rows])("$name", ({ profile, call, answer }) => {
    expect(runFilter(compileSeccomp(profile, arch).program, call).value).toBe(answer);
  });
}

describe("every action has its answer", () => {
  // biome-ignore format: table
  const actions: [string, number | undefined, number][] = [
    ["SCMP_ACT_KILL", undefined, 0], ["SCMP_ACT_KILL_THREAD", undefined, 0], ["SCMP_ACT_KILL_PROCESS", undefined, 0x80000000],
    ["SCMP_ACT_TRAP", undefined, 0x00030000], ["SCMP_ACT_ERRNO", undefined, 0x00050001], ["SCMP_ACT_ERRNO", 0, 0x00050000],
    ["SCMP_ACT_ERRNO", 100, 0x00050064], ["SCMP_ACT_TRACE", undefined, 0x7ff00001], ["SCMP_ACT_TRACE", 0xffff, 0x7ff0ffff],
    ["SCMP_ACT_LOG", undefined, 0x7ffc0000], ["SCMP_ACT_ALLOW", undefined, 0x7fff0000], ["SCMP_ACT_NOTIFY", undefined, 0x7fc00000],
  ];
  test.each(actions)("%s %p", (action, errnoRet, answer) => {
    const rule = { names: ["mkdir"], action, ...(errnoRet === undefined ? {} : { errnoRet }) };
    const other = answer === ALLOW ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW";
    const { program } = compileSeccomp({ defaultAction: other, listenerPath: "/a", syscalls: [rule] }, "x86_64");
    expect(runFilter(program, on(X86_64, 83)).value).toBe(answer);
    expect(runFilter(program, on(X86_64, 84)).value).toBe(other === "SCMP_ACT_LOG" ? 0x7ffc0000 : ALLOW);
  });
});

describe("of several rules for one call", () => {
  // biome-ignore format: table
  check([
    { name: "the first whose condition holds decides", profile: allowing({ ...refuse(["mkdir"], equal(1, 5)), errnoRet: 7 }, refuse(["mkdir"], { index: 1, value: 9, op: "SCMP_CMP_LE" })), call: on(X86_64, 83, 0n, 5n), answer: 0x00050007 },
    { name: "a later one decides when the first does not hold", profile: allowing({ ...refuse(["mkdir"], equal(1, 5)), errnoRet: 7 }, refuse(["mkdir"], { index: 1, value: 9, op: "SCMP_CMP_LE" })), call: on(X86_64, 83, 0n, 4n), answer: EPERM },
    { name: "all conditions of a rule must hold", profile: allowing(refuse(["mkdir"], equal(0, 1), equal(1, 2))), call: on(X86_64, 83, 1n, 3n), answer: ALLOW },
    { name: "one without conditions decides, though it comes last", profile: allowing({ ...refuse(["mkdir"], equal(1, 5)), errnoRet: 7 }, refuse(["mkdir"])), call: on(X86_64, 83, 0n, 5n), answer: EPERM },
    { name: "the first without conditions decides", profile: allowing({ ...refuse(["mkdir"]), errnoRet: 7 }, refuse(["mkdir"])), call: on(X86_64, 83), answer: 0x00050007 },
    { name: "one with the default action counts for nothing", profile: refusing(refuse(["mkdir"]), allow(["mkdir"], equal(1, 5))), call: on(X86_64, 83, 0n, 5n), answer: ALLOW },
    { name: "an argument named twice may have either value", profile: refusing(allow(["mkdir"], equal(0, 1), equal(0, 2))), call: on(X86_64, 83, 2n), answer: ALLOW },
  ]);
});

describe("architectures", () => {
  // biome-ignore format: table
  check([
    { name: "the machine's own counts though the list does not name it", profile: refusing(allow(["mkdir"])), call: on(X86_64, 83), answer: ALLOW },
    { name: "a listed one has its own numbers", profile: refusing(allow(["mkdir"])), call: on(X86, 39), answer: ALLOW },
    { name: "one that is not listed kills", profile: { ...refusing(allow(["mkdir"])), architectures: [] }, call: on(X86, 39), answer: KILL },
    { name: "one that no kernel here has kills, listed or not", profile: { ...refusing(allow(["mkdir"])), architectures: ["SCMP_ARCH_S390X"] }, call: on(0x80000016, 39), answer: KILL },
    { name: "an x32 call kills where x32 is not listed, even if all is allowed", profile: { defaultAction: "SCMP_ACT_ALLOW" }, call: on(X86_64, 0x40000053), answer: KILL },
    { name: "an x32 call is judged by name where x32 is listed", profile: { ...allowing(refuse(["execve"])), architectures: ["SCMP_ARCH_X32"] }, call: on(X86_64, 0x40000208), answer: EPERM },
    { name: "a call that a tracer skips gets the default", profile: { defaultAction: "SCMP_ACT_ALLOW" }, call: on(X86_64, 0xffffffff), answer: ALLOW },
  ]);
});

describe("on 32-bit x86", () => {
  // biome-ignore format: table
  check([
    { name: "a refused call is refused through socketcall", profile: allowing(refuse(["socket"])), call: on(X86, 102, 1n), answer: EPERM },
    { name: "other calls through socketcall are not", profile: allowing(refuse(["socket"])), call: on(X86, 102, 2n), answer: ALLOW },
    { name: "an allowed call is allowed through socketcall", profile: refusing(allow(["socket"])), call: on(X86, 102, 1n), answer: ALLOW },
    { name: "a call allowed for some arguments is not allowed through socketcall", profile: refusing(allow(["socket"], equal(0, 1))), call: on(X86, 102, 1n), answer: EPERM },
    { name: "a call refused for some arguments is refused through socketcall", profile: allowing(refuse(["socket"], equal(0, 38))), call: on(X86, 102, 1n), answer: EPERM },
    { name: "a rule for socketcall itself goes before", profile: allowing(refuse(["socket"]), { names: ["socketcall"], action: "SCMP_ACT_LOG" }), call: on(X86, 102, 1n), answer: 0x7ffc0000 },
    { name: "ipc's version does not hide the call", profile: allowing(refuse(["semop"])), call: on(X86, 117, 0x10001n), answer: EPERM },
    { name: "a sign-extended value meets a 32-bit argument", profile: allowing(refuse(["mkdir"], equal(0, 0xffffffffffffffffn))), call: on(X86, 39, 0xffffffffn), answer: EPERM },
    { name: "a value above 32 bits meets none", profile: allowing(refuse(["mkdir"], equal(0, 0x100000001n))), call: on(X86, 39, 1n), answer: ALLOW },
  ]);
});

describe("calls newer than the profile", () => {
  const kept = allow(["read", "mkdir"]);
  // biome-ignore format: table
  check([
    { name: "get ENOSYS where the default refuses", profile: refusing(kept), call: on(X86_64, 84), answer: ENOSYS },
    { name: "get ENOSYS where the default kills", profile: { ...refusing(kept), defaultAction: "SCMP_ACT_KILL" }, call: on(X86_64, 500), answer: ENOSYS },
    { name: "are those above each architecture's own newest", profile: refusing(kept), call: on(X86, 40), answer: ENOSYS },
    { name: "are reckoned with refused names too", profile: refusing(kept, refuse(["mseal"])), call: on(X86_64, 84), answer: EPERM },
    { name: "are allowed where the default allows", profile: allowing(refuse(["mkdir"])), call: on(X86_64, 84), answer: ALLOW },
    { name: "go to the tracer where the default traces", profile: { ...refusing(kept), defaultAction: "SCMP_ACT_TRACE" }, call: on(X86_64, 84), answer: 0x7ff00001 },
    { name: "are none where no call is named", profile: refusing(), call: on(X86_64, 84), answer: EPERM },
  ]);
});

describe("on arm64", () => {
  const profile: Seccomp = { ...refusing(allow(["openat", "set_tls"])), architectures: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] };
  // biome-ignore format: table
  check([
    { name: "a call has arm64's number", profile, call: on(AARCH64, 56), answer: ALLOW },
    { name: "a call has ARM's number under ARM", profile, call: on(ARM, 322), answer: ALLOW },
    { name: "ARM's private calls are found", profile, call: on(ARM, 0x0f0005), answer: ALLOW },
    { name: "and do not hide which common calls are new", profile, call: on(ARM, 323), answer: ENOSYS },
    { name: "nor are the private ones new", profile, call: on(ARM, 0x0f0001), answer: EPERM },
    { name: "x86 kills", profile, call: on(X86_64, 0), answer: KILL },
  ], "aarch64");
});

describe("large programs", () => {
  test("jump further than a conditional jump reaches", () => {
    // 400 values with answers that do not repeat nearby: trees and their answers far wider than 255 instructions.
    const rules = Array.from({ length: 400 }, (_, index) => ({ ...refuse(["ioctl"], equal(1, index * 3)), errnoRet: 1 + (index % 397) }));
    const { program, instructions } = compileSeccomp(
      { ...allowing(...rules, refuse(["mkdir"])), architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
      "x86_64",
    );
    expect(instructions).toBeGreaterThan(1000);
    for (const [audit, number] of [
      [X86_64, 16],
      [X86, 54],
      [X86_64, 0x40000202],
    ] as const) {
      for (let value = 0; value < 1200; value++) {
        const answer = value % 3 === 0 ? 0x00050000 + 1 + ((value / 3) % 397) : ALLOW;
        expect(runFilter(program, on(audit, number, 0n, BigInt(value))).value).toBe(answer);
      }
    }
    expect(runFilter(program, on(X86_64, 83)).value).toBe(EPERM);
    expect(runFilter(program, on(X86_64, 0)).value).toBe(ALLOW);
  });

  test("search a hundred values in a dozen steps", () => {
    const rules = Array.from({ length: 100 }, (_, index) => allow(["ioctl"], equal(1, 0x5400 + 2 * index)));
    const { program } = compileSeccomp(refusing(...rules), "x86_64");
    const steps = Array.from({ length: 200 }, (_, value) => runFilter(program, on(X86_64, 16, 0n, BigInt(0x5400 + value))).steps);
    expect(Math.max(...steps)).toBeLessThan(20);
  });

  test.each([3000, 100_000])("are refused when %i rules make them longer than the kernel takes", (count) => {
    const rules = Array.from({ length: count }, (_, index) => {
      const condition = { index: 1, value: 0xffffff, valueTwo: index * 2, op: "SCMP_CMP_MASKED_EQ" };
      return { ...refuse(["ioctl"], condition), errnoRet: 1 + (index % 4000) };
    });
    expect(() => compileSeccomp(allowing(...rules), "x86_64")).toThrow(/more instructions than the 4096 that the kernel takes/);
  });
});

test("names that no table knows are told and skipped", () => {
  const { unknown, instructions } = compileSeccomp(
    refusing(allow(["read", "riscv_hwprobe", "no_such_call", "arm_fadvise64_64"])),
    "x86_64",
  );
  expect(unknown).toEqual(["riscv_hwprobe", "no_such_call"]);
  expect(instructions).toBeGreaterThan(3);
});

test("a filter that only ever allows is a handful of instructions", () => {
  expect(compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW" }, "x86_64").instructions).toBeLessThan(10);
});
