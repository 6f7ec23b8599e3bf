import { describe, expect, test } from "bun:test";
import type { CapabilitySets } from "../../spec/runtime/config.ts";
import { allCapabilities, capabilityMask } from "../tables/capabilities.ts";
import { capabilityOpsAfterUser, capabilityOpsBeforeUser, grantCapabilities } from "./capability-ops.ts";

const WITHOUT_SYS_RESOURCE = allCapabilities(40) & ~capabilityMask(["CAP_SYS_RESOURCE"]);
const host = { bounding: WITHOUT_SYS_RESOURCE, effective: WITHOUT_SYS_RESOURCE, last: 40 };
const kill = capabilityMask(["CAP_KILL"]);

const rows: { name: string; asked: CapabilitySets | undefined; userNamespace?: boolean; want: Record<string, bigint>; warned: string[] }[] =
  [
    {
      name: "gives nothing when nothing is asked, so that no inheritable set leaks in (CVE-2022-29162)",
      asked: undefined,
      want: { bounding: 0n, permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: [],
    },
    {
      name: "leaves the inheritable set empty when only the others are asked",
      asked: { bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"] },
      want: { bounding: kill, permitted: kill, effective: kill, inheritable: 0n, ambient: 0n },
      warned: [],
    },
    {
      name: "leaves out of every set, with one warning, what the host does not hold",
      asked: { bounding: ["CAP_KILL", "CAP_SYS_RESOURCE"], permitted: ["CAP_KILL", "CAP_SYS_RESOURCE"], effective: ["CAP_SYS_RESOURCE"] },
      want: { bounding: kill, permitted: kill, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: ["process.capabilities.bounding"],
    },
    {
      name: "grants everything in a user namespace, where the host's sets do not count",
      asked: { bounding: ["CAP_SYS_RESOURCE"], permitted: ["CAP_SYS_RESOURCE"] },
      userNamespace: true,
      want: { bounding: 1n << 24n, permitted: 1n << 24n, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: [],
    },
    {
      name: "never makes effective what is not permitted, which capset refuses",
      asked: { bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"], effective: ["CAP_KILL", "CAP_CHOWN"] },
      want: { bounding: kill | 1n, permitted: kill, effective: kill, inheritable: 0n, ambient: 0n },
      warned: ["process.capabilities.effective"],
    },
    {
      name: "never makes inheritable what is not in the bounding set, which capset refuses",
      asked: { permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"] },
      want: { bounding: 0n, permitted: kill, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: ["process.capabilities.inheritable"],
    },
    {
      name: "raises as ambient only what is permitted and inheritable, and is silent about the rest",
      asked: { bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], ambient: ["CAP_KILL"] },
      want: { bounding: kill, permitted: kill, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: [],
    },
    {
      name: "leaves unknown names to the parser, which has warned of them",
      asked: { bounding: ["CAP_KILL", "CAP_SOMEDAY"] },
      want: { bounding: kill, permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n },
      warned: [],
    },
  ];

describe("grantCapabilities", () => {
  for (const { name, asked, userNamespace = false, want, warned } of rows) {
    test(name, () => {
      const { masks, warnings } = grantCapabilities(asked, { capabilities: host, userNamespace });
      expect<Record<string, bigint>>(masks).toEqual(want);
      expect(warnings.map((warning) => warning.field)).toEqual(warned);
    });
  }

  test("grants no capability newer than the kernel", () => {
    const { masks } = grantCapabilities(
      { bounding: ["CAP_CHECKPOINT_RESTORE"] },
      { capabilities: { ...host, last: 37 }, userNamespace: true },
    );
    expect(masks.bounding).toBe(0n);
  });

  test("names the capability and the reason in the warning", () => {
    const { warnings } = grantCapabilities({ permitted: ["CAP_SYS_RESOURCE"] }, { capabilities: host, userNamespace: false });
    expect(warnings[0]?.message).toBe("CAP_SYS_RESOURCE cannot be granted: the caller does not have it");
  });
});

describe("capability ops", () => {
  const masks = { bounding: 3n, permitted: 2n, effective: 2n, inheritable: 2n, ambient: 2n };
  const names = (uid: number) =>
    [...capabilityOpsBeforeUser(masks, uid), ...capabilityOpsAfterUser(masks, uid)].map((op) => op.subject ?? op.name);

  test("keep the permitted set over the change to an ordinary user, and stop keeping before it is set", () => {
    expect(names(1000)).toEqual(["capBound", "PR_SET_KEEPCAPS 1", "PR_SET_KEEPCAPS 0", "capSet", "capAmbient"]);
  });

  test("need nothing kept for root", () => {
    expect(names(0)).toEqual(["capBound", "capSet", "capAmbient"]);
  });

  test("carry the masks", () => {
    expect(capabilityOpsBeforeUser(masks, 0)[0]?.args).toEqual({ keep: 3n });
    expect(capabilityOpsAfterUser(masks, 0).map((op) => op.args)).toEqual([
      { effective: 2n, permitted: 2n, inheritable: 2n },
      { raise: 2n },
    ]);
  });
});
