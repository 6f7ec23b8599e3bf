import { describe, expect, test } from "bun:test";
import type { RuntimeConfig } from "../../../spec/runtime/config.ts";
import { applyCdi, editsOf } from "./apply.ts";
import { CDI_NAME } from "./name.ts";
import { parseCdiSpec } from "./spec.ts";

const spec = (kind: string, change: object = {}) =>
  parseCdiSpec(
    {
      cdiVersion: "0.6.0",
      kind,
      devices: [
        { name: "0", containerEdits: { env: ["ZERO=1"] } },
        { name: "all", containerEdits: { env: ["ALL=1"] } },
      ],
      containerEdits: { env: ["KIND=1"] },
      ...change,
    },
    "/etc/cdi/x.json",
  );

describe("a name", () => {
  for (const name of ["nvidia.com/gpu=all", "vendor.com/a-b_c=0:1.2"]) test(`is ${name}`, () => expect(CDI_NAME.test(name)).toBe(true));
  for (const name of ["/dev/null", "/dev/a=b", "vendor.com/gpu", "vendor.com/gpu=", "v/c=.x"])
    test(`is not ${name}`, () => expect(CDI_NAME.test(name)).toBe(false));
});

describe("the edits of devices", () => {
  const envs = (names: readonly string[], ...specs: readonly ReturnType<typeof spec>[]) => {
    const { edits, missing } = editsOf(names, specs);
    return [...edits.flatMap(({ env }) => env ?? []), ...missing.map((name) => `missing ${name}`)];
  };

  test("are theirs, and once those of their specification", () => {
    expect(envs(["v.com/x=0", "v.com/x=all", "v.com/x=none"], spec("v.com/x"))).toEqual([
      "KIND=1",
      "ZERO=1",
      "ALL=1",
      "missing v.com/x=none",
    ]);
  });

  test("are of the last specification that has them", () => {
    const later = spec("v.com/x", { devices: [{ name: "0", containerEdits: { env: ["LATER=1"] } }], containerEdits: null });
    expect(envs(["v.com/x=0", "v.com/x=all"], spec("v.com/x"), later)).toEqual(["LATER=1", "KIND=1", "ALL=1"]);
  });
});

test("what is wrong with a specification is named", () => {
  expect(() => spec("gpu")).toThrow("the CDI specification /etc/cdi/x.json is not valid: kind: must be vendor.com/class");
  expect(() => spec("v.com/x", { cdiVersion: "2.0.0" })).toThrow("cdiVersion");
  expect(() => spec("v.com/x", { devices: [{ name: "a", containerEdits: { mounts: [{ hostPath: "x" }] } }] })).toThrow(
    "devices[0].containerEdits.mounts[0]",
  );
});

test("edits are added to a configuration", () => {
  const config: RuntimeConfig = {
    ociVersion: "1.2.0",
    root: { path: "/" },
    mounts: [],
    process: { cwd: "/", env: ["A=1", "PATH=/bin"], user: { uid: 0, gid: 0, additionalGids: [0] } },
    linux: { resources: { devices: [{ allow: false, access: "rwm" }] } },
  };
  const made = applyCdi(
    config,
    [
      {
        env: ["A=2"],
        deviceNodes: [{ path: "/dev/x", permissions: "rw" }],
        mounts: [{ hostPath: "/lib/x", containerPath: "/lib/y", options: ["ro"] }],
        hooks: [{ hookName: "createContainer", path: "/bin/h", args: ["h"] }],
        additionalGids: [44, 0],
      },
    ],
    (node) => ({ ...node, type: "c", major: 1, minor: 3 }),
  );
  expect(made).toEqual({
    ...config,
    mounts: [{ destination: "/lib/y", source: "/lib/x", type: "none", options: ["rbind", "ro"] }],
    hooks: { createContainer: [{ path: "/bin/h", args: ["h"] }] },
    process: { cwd: "/", env: ["PATH=/bin", "A=2"], user: { uid: 0, gid: 0, additionalGids: [0, 44] } },
    linux: {
      devices: [{ path: "/dev/x", type: "c", major: 1, minor: 3 }],
      resources: {
        devices: [
          { allow: false, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 3, access: "rw" },
        ],
      },
    },
  });
});
