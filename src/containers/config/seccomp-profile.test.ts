import { describe, expect, test } from "bun:test";
import { seccompProfile } from "./seccomp-profile.ts";

const TARGET = { arch: "x86_64", kernel: { major: 5, minor: 12 }, capabilities: ["CAP_CHOWN"] } as const;
const profile = (syscalls: readonly object[], rest: object = {}) =>
  seccompProfile(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls, ...rest }), TARGET);
const rule = (names: readonly string[], more: object = {}) => ({ names, action: "SCMP_ACT_ALLOW", ...more });

// biome-ignore format: table
const CONDITIONS = [
  { name: "without a condition",           more: {},                                            applies: true },
  { name: "for a capability it has",       more: { includes: { caps: ["CAP_CHOWN"] } },          applies: true },
  { name: "for one that it has not",       more: { includes: { caps: ["CAP_SYS_ADMIN"] } },      applies: false },
  { name: "but with a capability it has",  more: { excludes: { caps: ["CAP_CHOWN"] } },          applies: false },
  { name: "for this machine",              more: { includes: { arches: ["amd64", "x32"] } },     applies: true },
  { name: "for another machine",           more: { includes: { arches: ["arm64"] } },            applies: false },
  { name: "but on this machine",           more: { excludes: { arches: ["amd64"] } },            applies: false },
  { name: "for this kernel and newer",     more: { includes: { minKernel: "5.12" } },            applies: true },
  { name: "for a newer kernel",            more: { includes: { minKernel: "5.13" } },            applies: false },
  { name: "but on this kernel and newer",  more: { excludes: { minKernel: "4.8" } },             applies: false },
  { name: "with empty conditions",         more: { includes: {}, excludes: { arches: [] } },     applies: true },
  { name: "with conditions of null",       more: { includes: null, args: null },                 applies: true },
] as const;

describe("a rule of a profile", () => {
  for (const { name, more, applies } of CONDITIONS)
    test(`${name} ${applies ? "stays" : "goes"}`, () => expect(profile([rule(["chown"], more)]).syscalls).toHaveLength(applies ? 1 : 0));

  test("is the configuration's", () => {
    expect(
      profile([{ name: "personality", action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }], comment: "" }]),
    ).toEqual({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ names: ["personality"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }] }],
    });
  });
});

test("the machine's architectures are those of its entry", () => {
  const archMap = [
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
  ];
  expect(profile([], { archMap }).architectures).toEqual(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  expect(profile([], { architectures: ["SCMP_ARCH_X86_64"] }).architectures).toEqual(["SCMP_ARCH_X86_64"]);
});

test("what is wrong with it is named", () => {
  expect(() => seccompProfile("{", TARGET)).toThrow("the seccomp profile is not valid: document: is not JSON");
  expect(() => profile([{ names: ["a"], action: "ALLOW" }])).toThrow("syscalls[0].action");
});
