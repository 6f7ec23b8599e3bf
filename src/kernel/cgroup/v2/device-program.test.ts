import { describe, expect, test } from "bun:test";
import type { DeviceRule } from "../../../spec/runtime/config.ts";
import { ACCESS, type DevicePolicy, devicePolicy, parseAccess } from "../devices/rules.ts";
import { deviceProgram } from "./device-program.ts";
import { runProgram } from "./interpreter.fixture.ts";

interface Access {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly access: number;
}

function asks(program: Uint8Array, { type, major, minor, access }: Access): boolean {
  return runProgram(program, [(access << 16) | (type === "b" ? 1 : 2), major, minor]) === 1;
}

/** What the kernel's v1 controller answers (security/device_cgroup.c, match_exception and match_exception_partial). */
function model(policy: DevicePolicy, { type, major, minor, access }: Access): boolean {
  const matching = policy.exceptions.filter((it) => it.type === type && (it.major ?? major) === major && (it.minor ?? minor) === minor);
  if (policy.allow) return !matching.some((it) => (it.access & access) !== 0);
  return matching.some((it) => (access & ~it.access) === 0);
}

const ALL_ALLOWED: DeviceRule = { allow: true, type: "a" };
const LISTS: readonly { name: string; rules: readonly DeviceRule[] }[] = [
  { name: "the default list", rules: [] },
  {
    name: "an allow list",
    rules: [
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
      { allow: true, type: "b", major: 8, access: "r" },
      { allow: true, type: "b", minor: 3, access: "w" },
    ],
  },
  {
    name: "a deny list",
    rules: [
      ALL_ALLOWED,
      { allow: false, type: "b", major: 8, access: "w" },
      { allow: false, type: "c", major: 1, minor: 3, access: "rm" },
      { allow: false, type: "c", major: 10 },
    ],
  },
  { name: "numbers of 32 bits", rules: [{ allow: true, type: "c", major: 0xffffffff, minor: 0x80000000 }] },
];
const NUMBERS = [0, 1, 3, 5, 8, 10, 136, 229, 0x80000000, 0xffffffff];

describe("the device program", () => {
  for (const { name, rules } of LISTS) {
    test(`answers as the v1 controller does: ${name}`, () => {
      const policy = devicePolicy(rules);
      const program = deviceProgram(policy);
      for (const type of ["b", "c"] as const) {
        for (const major of NUMBERS) {
          for (const minor of NUMBERS) {
            for (let access = 1; access < 8; access++) {
              const asked = { type, major, minor, access };
              if (asks(program, asked) !== model(policy, asked)) throw new Error(`wrong answer for ${JSON.stringify(asked)}`);
            }
          }
        }
      }
    });
  }

  test("opens /dev/null, makes any node, and refuses a disk", () => {
    const program = deviceProgram(devicePolicy([]));
    expect(asks(program, { type: "c", major: 1, minor: 3, access: parseAccess("rw") ?? 0 })).toBe(true);
    expect(asks(program, { type: "b", major: 8, minor: 0, access: ACCESS.m })).toBe(true);
    expect(asks(program, { type: "b", major: 8, minor: 0, access: ACCESS.r })).toBe(false);
    expect(asks(program, { type: "b", major: 8, minor: 0, access: ACCESS.m | ACCESS.r })).toBe(false);
  });

  test("refuses nothing when all is allowed", () => {
    expect(asks(deviceProgram(devicePolicy([ALL_ALLOWED])), { type: "b", major: 8, minor: 0, access: 7 })).toBe(true);
  });
});
