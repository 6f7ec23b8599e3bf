import { expect } from "bun:test";
import { inLinux, problemTable } from "../problems.suite.ts";

const rule = { names: ["getcwd"], action: "SCMP_ACT_ERRNO" };
// biome-ignore format: table
problemTable("seccomp", (given) => inLinux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", ...given } }), [
  {
    name: "takes what is right",
    given: {
      architectures: ["SCMP_ARCH_X86_64"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      syscalls: [{ ...rule, errnoRet: 1, args: [{ index: 0, value: 18446744073709550000, op: "SCMP_CMP_EQ" }] }],
    },
    want: [],
  },
  { name: "needs a default action", given: { defaultAction: undefined }, want: ["linux.seccomp.defaultAction: is required"] },
  {
    name: "refuses an unknown action",
    given: { syscalls: [rule, { ...rule, action: "SCMP_ACT_NO" }] },
    want: [expect.stringMatching(/^linux\.seccomp\.syscalls\[1\]\.action: "SCMP_ACT_NO" is not one of/)],
  },
  {
    name: "refuses an unknown operator",
    given: { syscalls: [{ ...rule, args: [{ index: 0, value: 0, op: "EQ" }] }] },
    want: [expect.stringMatching(/^linux\.seccomp\.syscalls\[0\]\.args\[0\]\.op: "EQ" is not one of/)],
  },
  {
    name: "refuses a seventh argument",
    given: { syscalls: [{ ...rule, args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] }] },
    want: ["linux.seccomp.syscalls[0].args[0].index: 6 is not from 0 to 5"],
  },
  {
    name: "needs at least one name",
    given: { syscalls: [{ ...rule, names: [] }] },
    want: ["linux.seccomp.syscalls[0].names: must have at least one entry"],
  },
  {
    name: "refuses metadata without a listener",
    given: { listenerMetadata: "x" },
    want: ["linux.seccomp.listenerMetadata: must not be set without listenerPath"],
  },
]);
