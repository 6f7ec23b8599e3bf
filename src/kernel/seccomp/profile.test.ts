import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import type { Seccomp, SyscallRule } from "../../spec/runtime/config.ts";
import { readProfile } from "./profile.ts";

const ALLOW = { defaultAction: "SCMP_ACT_ALLOW" };
const withRule = (rule: Partial<SyscallRule>): Seccomp => ({
  ...ALLOW,
  syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", ...rule }],
});
const withArgument = (arg: object): Seccomp => withRule({ args: [{ index: 0, value: 0, op: "SCMP_CMP_EQ", ...arg }] });
const notifying = (profile: Partial<Seccomp>): Seccomp => ({
  ...ALLOW,
  listenerPath: "/run/agent.sock",
  syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }],
  ...profile,
});

function problemsOf(profile: Seccomp): string[] {
  try {
    readProfile(profile);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.problems.map(({ field, message }) => `${field}: ${message}`);
  }
}

describe("a profile is refused for", () => {
  // biome-ignore format: table
  const rows: { name: string; profile: Seccomp; problem: string }[] = [
    { name: "an unknown default action", profile: { defaultAction: "ALLOW" }, problem: 'linux.seccomp.defaultAction: unknown action "ALLOW"' },
    { name: "a word of Object.prototype as action", profile: { defaultAction: "toString" }, problem: 'linux.seccomp.defaultAction: unknown action "toString"' },
    { name: "an errno with an action that has none", profile: { ...ALLOW, defaultErrnoRet: 1 }, problem: "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW carries no errno" },
    { name: "an errno above MAX_ERRNO", profile: withRule({ errnoRet: 4096 }), problem: "linux.seccomp.syscalls[0].errnoRet: 4096 is not between 0 and 4095" },
    { name: "a tracer's number above 16 bits", profile: withRule({ action: "SCMP_ACT_TRACE", errnoRet: 65536 }), problem: "linux.seccomp.syscalls[0].errnoRet: 65536 is not between 0 and 65535" },
    { name: "an unknown architecture", profile: { ...ALLOW, architectures: ["SCMP_ARCH_X86", "x86_64"] }, problem: 'linux.seccomp.architectures[1]: unknown architecture "x86_64"' },
    { name: "an unknown flag", profile: { ...ALLOW, flags: ["LOG"] }, problem: 'linux.seccomp.flags[0]: unknown flag "LOG"' },
    { name: "WAIT_KILLABLE_RECV without a listener", profile: { ...ALLOW, flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }, problem: "linux.seccomp.flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a SCMP_ACT_NOTIFY rule" },
    { name: "a rule without names", profile: withRule({ names: [] }), problem: "linux.seccomp.syscalls[0].names: must name at least one system call" },
    { name: "a rule's unknown action", profile: withRule({ action: "SCMP_ACT_DENY" }), problem: 'linux.seccomp.syscalls[0].action: unknown action "SCMP_ACT_DENY"' },
    { name: "a seventh argument", profile: withArgument({ index: 6 }), problem: "linux.seccomp.syscalls[0].args[0].index: 6 is not between 0 and 5" },
    { name: "an unknown operator", profile: withArgument({ op: "EQ" }), problem: 'linux.seccomp.syscalls[0].args[0].op: unknown operator "EQ"' },
    { name: "a negative value", profile: withArgument({ value: -1 }), problem: "linux.seccomp.syscalls[0].args[0].value: -1 is not an unsigned 64-bit integer" },
    { name: "a value above 64 bits", profile: withArgument({ valueTwo: 1n << 64n }), problem: "linux.seccomp.syscalls[0].args[0].valueTwo: 18446744073709551616 is not an unsigned 64-bit integer" },
    { name: "NOTIFY as default", profile: notifying({ defaultAction: "SCMP_ACT_NOTIFY" }), problem: "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY would stop the process before its listener is handed over" },
    { name: "NOTIFY without a listener", profile: notifying({ listenerPath: "" }), problem: "linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs the path of a listener" },
    { name: "NOTIFY on write", profile: notifying({ syscalls: [{ names: ["mkdir", "write"], action: "SCMP_ACT_NOTIFY" }] }), problem: "linux.seccomp.syscalls[0].names: write cannot wait for the listener: it is how the listener gets its descriptor and errors are told" },
    { name: "NOTIFY where sendmsg is refused", profile: notifying({ defaultAction: "SCMP_ACT_ERRNO" }), problem: "linux.seccomp.syscalls: with SCMP_ACT_NOTIFY sendmsg must be allowed: it is how the listener gets its descriptor" },
    { name: "metadata without a listener", profile: { ...ALLOW, listenerMetadata: "x" }, problem: "linux.seccomp.listenerMetadata: is given without listenerPath" },
  ];

  test.each(rows)("$name", ({ profile, problem }) => {
    expect(problemsOf(profile)).toContain(problem);
  });

  test("all of its problems at once", () => {
    const problems = problemsOf({ defaultAction: "x", flags: ["y"], architectures: ["z"], syscalls: [{ names: [], action: "w" }] });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "linux.seccomp.defaultAction",
      "linux.seccomp.syscalls[0].names",
      "linux.seccomp.syscalls[0].action",
      "linux.seccomp.architectures[0]",
      "linux.seccomp.flags[0]",
    ]);
  });
});

describe("the flag word", () => {
  // biome-ignore format: table
  const rows: { name: string; profile: Seccomp; flags: bigint }[] = [
    { name: "is SPEC_ALLOW when no list is given", profile: ALLOW, flags: 4n },
    { name: "is empty for an empty list", profile: { ...ALLOW, flags: [] }, flags: 0n },
    { name: "leaves TSYNC out", profile: { ...ALLOW, flags: ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"] }, flags: 2n },
    { name: "asks for a listener with NOTIFY", profile: notifying({ flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }), flags: 8n | 32n },
  ];

  test.each(rows)("$name", ({ profile, flags }) => {
    expect(readProfile(profile).flags).toBe(flags);
  });
});

test("the listener of a profile without NOTIFY is ignored", () => {
  expect(readProfile({ ...ALLOW, listenerPath: "/run/agent.sock", listenerMetadata: "x" }).notify).toBe(false);
});

test("an argument named twice makes each condition a rule of its own", () => {
  const profile = withRule({
    args: [
      { index: 0, value: 1, op: "SCMP_CMP_EQ" },
      { index: 0, value: 2, op: "SCMP_CMP_EQ" },
    ],
  });
  expect(readProfile(profile).rules.map(({ conditions }) => conditions.map(({ value }) => value))).toEqual([[1n], [2n]]);
});
