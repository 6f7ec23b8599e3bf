import { expect, test } from "bun:test";
import { featuresDocument } from "./features.ts";
import { parseConfig } from "./parse.ts";

const features = featuresDocument({
  mountOptions: ["ro"],
  seccompArchitectures: ["SCMP_ARCH_X86_64"],
  unsafeAnnotations: ["org.example.hook."],
  annotations: { "org.example.version": "1" },
});

test("features tells what it is told, and survives JSON", () => {
  expect(JSON.parse(JSON.stringify(features))).toMatchObject({
    ociVersionMin: "1.0.0",
    ociVersionMax: "1.3.0",
    mountOptions: ["ro"],
    linux: { seccomp: { archs: ["SCMP_ARCH_X86_64"] } },
    annotations: { "org.example.version": "1" },
    potentiallyUnsafeConfigAnnotations: ["org.example.hook."],
  });
});

test("every name that features tells is one that the parser takes", () => {
  const { namespaces, capabilities, seccomp } = features.linux;
  const config = {
    ociVersion: features.ociVersionMax,
    root: { path: "rootfs" },
    process: { cwd: "/", capabilities: { bounding: capabilities } },
    hooks: Object.fromEntries(features.hooks.map((kind) => [kind, [{ path: "/bin/true" }]])),
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
      memoryPolicy: { mode: "MPOL_PREFERRED", flags: features.linux.memoryPolicy.flags },
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        flags: seccomp.knownFlags,
        architectures: seccomp.archs,
        syscalls: seccomp.actions.flatMap((action) =>
          seccomp.operators.map((op) => ({ names: ["read"], action, args: [{ index: 0, value: 0, op }] })),
        ),
      },
    },
  };
  const parsed = parseConfig(JSON.stringify(config));
  expect(parsed.warnings).toEqual([]);
  expect(Object.keys(parsed.config.hooks ?? {})).toEqual([...features.hooks]);
});
