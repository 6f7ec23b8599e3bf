import { describe, expect, test } from "bun:test";
import type { DeviceRule } from "../../../spec/runtime/config.ts";
import { deviceWrites } from "../v1/devices.ts";
import { accessText, deviceLine, devicePolicy, parseAccess } from "./rules.ts";

const DEFAULT_LINES = devicePolicy(undefined).exceptions.map(deviceLine);

/** A policy as text: its default, then the lines that are not there for every container. */
function summary(rules: readonly DeviceRule[]): string[] {
  const policy = devicePolicy(rules);
  return [policy.allow ? "allow" : "deny", ...policy.exceptions.map(deviceLine).filter((line) => !DEFAULT_LINES.includes(line))];
}

const ALL_DENIED = { allow: false, access: "rwm" };
const ALL_ALLOWED = { allow: true, type: "a", access: "rwm" };

const ROWS: readonly { name: string; rules: readonly DeviceRule[]; want: readonly string[] }[] = [
  { name: "no rules at all deny all but the harmless devices", rules: [], want: ["deny"] },
  {
    name: "rules add up",
    rules: [ALL_DENIED, { allow: true, type: "c", major: 10, minor: 229, access: "rw" }],
    want: ["deny", "c 10:229 rw"],
  },
  {
    name: "access to one device is joined",
    rules: [
      { allow: true, type: "b", major: 8, minor: 0, access: "r" },
      { allow: true, type: "b", major: 8, minor: 0, access: "wm" },
    ],
    want: ["deny", "b 8:0 rwm"],
  },
  {
    name: "a later denial takes back an earlier permission, as far as it goes",
    rules: [
      { allow: true, type: "b", major: 8, minor: 0, access: "rw" },
      { allow: true, type: "b", major: 8, minor: 1, access: "rw" },
      { allow: false, type: "b", major: 8, minor: 0, access: "w" },
      { allow: false, type: "b", major: 8, minor: 1 },
    ],
    want: ["deny", "b 8:0 r"],
  },
  { name: "all devices allowed leaves no exceptions", rules: [{ allow: true, type: "c", major: 7 }, ALL_ALLOWED], want: ["allow"] },
  {
    name: "what is denied after that is an exception",
    rules: [ALL_ALLOWED, { allow: false, type: "b", major: 8, access: "w" }],
    want: ["allow", "b 8:* w"],
  },
  { name: "a rule for all starts afresh", rules: [ALL_ALLOWED, { allow: false, type: "b", major: 8 }, ALL_DENIED], want: ["deny"] },
  {
    name: "-1 is all numbers, as runc's configurations write it",
    rules: [{ allow: true, type: "c", major: 10, minor: -1, access: "r" }],
    want: ["deny", "c 10:* r"],
  },
];

describe("a device list", () => {
  for (const { name, rules, want } of ROWS) test(name, () => expect(summary(rules)).toEqual([...want]));

  test("always lets a container open the default devices and make nodes", () => {
    expect(DEFAULT_LINES).toEqual([
      "c *:* m",
      "b *:* m",
      "c 1:3 rwm",
      "c 1:5 rwm",
      "c 1:7 rwm",
      "c 1:8 rwm",
      "c 1:9 rwm",
      "c 5:0 rwm",
      "c 5:1 rwm",
      "c 5:2 rwm",
      "c 136:* rwm",
    ]);
  });

  const BAD: readonly { name: string; rules: readonly DeviceRule[]; message: string }[] = [
    {
      name: "a hole in a wildcard, which the kernel would ignore",
      rules: [
        { allow: true, type: "c", major: 10, access: "rw" },
        { allow: false, type: "c", major: 10, minor: 229, access: "w" },
      ],
      message: "linux.resources.devices[1]: cannot cut c 10:229 out of the earlier rule for c 10:*",
    },
    {
      name: "an unknown access",
      rules: [{ allow: true, type: "c", access: "rx" }],
      message: 'linux.resources.devices[0]: access "rx" is not made of r, w and m',
    },
    { name: "an unknown type", rules: [{ allow: true, type: "p" }], message: 'linux.resources.devices[0]: type "p" is not a, b or c' },
  ];
  for (const { name, rules, message } of BAD) {
    test(`is refused for ${name}`, () => expect(() => devicePolicy(rules)).toThrow(new Error(`the device list is not valid: ${message}`)));
  }
});

test("access masks and letters are each other's inverse", () => {
  for (let mask = 1; mask < 8; mask++) expect(parseAccess(accessText(mask))).toBe(mask);
});

test("v1 writes: deny all first, then the exceptions; allow all leaves what the parent denies", () => {
  const denied = deviceWrites(devicePolicy([]));
  expect(denied[0]).toMatchObject({ file: "devices.deny", data: "a" });
  expect(denied[1]).toMatchObject({ file: "devices.allow", data: "c *:* m" });
  const allowed = deviceWrites(devicePolicy([ALL_ALLOWED, { allow: false, type: "b", major: 8 }]));
  expect(allowed).toMatchObject([
    { file: "devices.allow", data: "a", tolerate: ["EPERM"] },
    { file: "devices.deny", data: "b 8:* rwm" },
  ]);
});
