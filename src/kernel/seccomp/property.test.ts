// The compiled program decides as a naive reading of the rules does, for random profiles and random calls.
import { describe, expect, test } from "bun:test";
import type { Seccomp, SyscallArgument, SyscallRule } from "../../spec/runtime/config.ts";
import { syscallTable } from "../tables/syscalls/numbers.ts";
import { runFilter } from "./bpf-interpreter.test-support.ts";
import { compileSeccomp } from "./compile.ts";

const ACTIONS = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_ERRNO: 0x00050001,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};
type ActionName = keyof typeof ACTIONS;
const ENOSYS = 0x00050026;
const OPERATORS = ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];
const MAX = 0xffffffffffffffffn;
/** Values around every edge that a comparison in two halves can get wrong. */
const VALUES = [
  0n,
  1n,
  2n,
  7n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
  0x100000000n,
  0x100000001n,
  0x1ffffffffn,
  0x200000000n,
];
const WIDE = [...VALUES, 0x7fffffffffffffffn, 0xffffffff00000000n, 0xffffffff80000000n, MAX - 1n, MAX];

/** mulberry32: the same profiles in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below) | 0;
  };
}

/** The three ways of calling an x86-64 kernel: names to numbers, and numbers to names. */
const ABIS = ["x86_64", "x86", "x32"] as const;
type Abi = (typeof ABIS)[number];

function numbersOf(abi: Abi): ReadonlyMap<string, number> {
  const { names, numbers } = syscallTable(abi);
  return new Map(names.map((name, index) => [name, numbers[index] ?? -1]));
}

const NUMBERS = { x86_64: numbersOf("x86_64"), x86: numbersOf("x86"), x32: numbersOf("x32") };
const AUDIT = { x86_64: 0xc000003e, x32: 0xc000003e, x86: 0x40000003 };

function nameOf(abi: Abi, number: number): string | undefined {
  const { names, numbers } = syscallTable(abi);
  return names[numbers.indexOf(number)];
}

type Dice = ReturnType<typeof random>;

function pick<T>(dice: Dice, from: readonly T[]): T {
  const chosen = from[dice(from.length)];
  if (chosen === undefined) throw new RangeError("nothing to pick from");
  return chosen;
}

const NAMES = [...NUMBERS.x86_64.keys()].filter((name) => NUMBERS.x32.has(name));

function randomArgument(dice: Dice): SyscallArgument {
  return { index: dice(3), value: pick(dice, WIDE), valueTwo: pick(dice, WIDE), op: pick(dice, OPERATORS) };
}

function randomProfile(dice: Dice): Seccomp {
  const pool = Array.from({ length: 1 + dice(60) }, () => pick(dice, NAMES));
  const syscalls: SyscallRule[] = Array.from({ length: dice(40) }, () => ({
    names: Array.from({ length: 1 + dice(6) }, () => pick(dice, pool)),
    action: pick(dice, Object.keys(ACTIONS)),
    args: Array.from({ length: dice(2) ? dice(4) : 0 }, () => randomArgument(dice)),
  }));
  const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_MIPS"].filter(() => dice(2) === 1);
  return { defaultAction: pick(dice, Object.keys(ACTIONS)), architectures, syscalls };
}

function holds(arg: SyscallArgument, actual: bigint, narrow: boolean): boolean {
  const cut = (value: bigint) => (narrow && value >= 0xffffffff80000000n ? value & 0xffffffffn : value);
  const given = narrow ? actual & 0xffffffffn : actual;
  const value = cut(BigInt(arg.value));
  if (arg.op === "SCMP_CMP_NE") return given !== value;
  if (arg.op === "SCMP_CMP_LT") return given < value;
  if (arg.op === "SCMP_CMP_LE") return given <= value;
  if (arg.op === "SCMP_CMP_EQ") return given === value;
  if (arg.op === "SCMP_CMP_GE") return given >= value;
  if (arg.op === "SCMP_CMP_GT") return given > value;
  return (given & BigInt(arg.value)) === cut(BigInt(arg.valueTwo ?? 0));
}

/** The conditions as alternatives: all together, or any of them when an argument is named twice. */
function alternatives(rule: SyscallRule): readonly (readonly SyscallArgument[])[] {
  const args = rule.args ?? [];
  const repeated = args.some((arg, index) => args.slice(0, index).some((other) => other.index === arg.index));
  return repeated ? args.map((arg) => [arg]) : [args];
}

/** What the rules say of a call, read one after another. */
function naive(profile: Seccomp, call: { abi: Abi; name: string | undefined; number: number; args: readonly bigint[] }): number {
  const action = (name: string) => ACTIONS[name as ActionName];
  const fallback = action(profile.defaultAction);
  const listed = (arch: string) => profile.architectures?.includes(arch) ?? false;
  if (call.abi === "x86" && !listed("SCMP_ARCH_X86")) return ACTIONS.SCMP_ACT_KILL;
  if (call.abi === "x32" && !listed("SCMP_ARCH_X32")) return ACTIONS.SCMP_ACT_KILL;
  const numbers = NUMBERS[call.abi];
  const newest = Math.max(...(profile.syscalls ?? []).flatMap((rule) => rule.names.map((name) => numbers.get(name) ?? -1)), -1);
  const forgiving = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"].includes(profile.defaultAction);
  if (call.number > newest && newest >= 0 && !forgiving) return ENOSYS;
  const named = (profile.syscalls ?? []).filter((rule) => rule.action !== profile.defaultAction && rule.names.includes(call.name ?? ""));
  const always = named.find((rule) => (rule.args ?? []).length === 0);
  if (always !== undefined) return action(always.action);
  const narrow = call.abi !== "x86_64";
  const matching = named.find((rule) =>
    alternatives(rule).some((all) => all.every((arg) => holds(arg, call.args[arg.index] ?? 0n, narrow))),
  );
  return matching === undefined ? fallback : action(matching.action);
}

/** On 32-bit x86 these have a second way in, which decide.test.ts covers. */
const SECOND_WAYS = ["socketcall", "ipc"];

function randomCall(dice: Dice, profile: Seccomp) {
  const abi = pick(dice, ABIS);
  const numbers = NUMBERS[abi];
  const names = (profile.syscalls ?? []).flatMap((rule) => rule.names).filter((name) => numbers.has(name));
  const base = abi === "x32" ? 0x40000000 : 0;
  const known = dice(4) > 0 && names.length > 0 ? numbers.get(pick(dice, names)) : undefined;
  const number = known ?? base + dice(600);
  const name = nameOf(abi, number);
  const values = abi === "x86" ? VALUES.filter((value) => value <= 0xffffffffn) : WIDE;
  return { abi, number, name, args: Array.from({ length: 6 }, () => pick(dice, values)) };
}

describe("compiled profiles", () => {
  test("decide as the rules read one by one, for 300 random profiles", () => {
    const dice = random(20);
    const mistakes: object[] = [];
    for (let round = 0; round < 300; round++) {
      const profile = randomProfile(dice);
      const { program } = compileSeccomp(profile, "x86_64");
      for (let turn = 0; turn < 100; turn++) {
        const call = randomCall(dice, profile);
        if (call.name !== undefined && SECOND_WAYS.includes(call.name)) continue;
        const { value } = runFilter(program, { audit: AUDIT[call.abi], number: call.number, args: call.args });
        const expected = naive(profile, call);
        if (value !== expected) mistakes.push({ round, call, value, expected });
      }
    }
    expect(mistakes).toEqual([]);
  });
});
