import { describe, expect, test } from "bun:test";
import { sysctlFault, sysctlNamespace, sysctlPath } from "./sysctl.ts";

describe("sysctlPath", () => {
  const rows = [
    { name: "turns dots into directories", key: "net.ipv4.ip_forward", want: "net/ipv4/ip_forward" },
    {
      name: "keeps a slash within a name as the dot that it stands for",
      key: "net.ipv4.conf.eno2/100.rp_filter",
      want: "net/ipv4/conf/eno2.100/rp_filter",
    },
    {
      name: "takes a key whose first separator is a slash as it is",
      key: "net/ipv4/conf/eno2.100/rp_filter",
      want: "net/ipv4/conf/eno2.100/rp_filter",
    },
  ];
  for (const { name, key, want } of rows) test(name, () => expect(sysctlPath(key)).toBe(want));
});

describe("sysctlFault finds", () => {
  for (const key of ["", "kernel", "net..x", ".net.x", "net.x.", "net/../kernel/core_pattern", "/net/x", "net/./x"]) {
    test(`${JSON.stringify(key)} to be no parameter`, () => expect(sysctlFault(key)).toBe("is not the name of a kernel parameter"));
  }
  test("nothing wrong with a parameter", () => expect(sysctlFault("net.core.somaxconn")).toBeUndefined());
});

describe("sysctlNamespace", () => {
  const rows = [
    { key: "net.core.somaxconn", want: "network" },
    { key: "net/core/somaxconn", want: "network" },
    { key: "kernel.shm_rmid_forced", want: "ipc" },
    { key: "fs.mqueue.msg_max", want: "ipc" },
    { key: "kernel.domainname", want: "uts" },
    { key: "user.max_user_namespaces", want: "user" },
    { key: "kernel.core_pattern", want: undefined },
    { key: "fs.file-max", want: undefined },
    { key: "network.x", want: undefined },
  ] as const;
  for (const { key, want } of rows) test(`${key} belongs to ${want ?? "the host"}`, () => expect(sysctlNamespace(key)).toBe(want));
});
