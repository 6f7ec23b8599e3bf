// interim
import { readFileSync } from "node:fs";
import { readCgroupFacts } from "../../kernel/probe/cgroup-read.ts";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";

export function readHostFacts(): HostFacts {
  const status = readFileSync("/proc/self/status", "utf8");
  const mask = (name: string) => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, "m").exec(status)?.[1] ?? "0"}`);
  const uid = process.geteuid?.() ?? 0;
  return {
    kernel: { major: 6, minor: 18 },
    arch: process.arch === "arm64" ? "aarch64" : "x86_64",
    uid,
    gid: process.getegid?.() ?? 0,
    rootless: uid !== 0,
    capabilities: { bounding: mask("CapBnd"), effective: mask("CapEff"), last: 40 },
    cgroup: readCgroupFacts({ rootless: uid !== 0 }),
    subordinate: {
      uids: [{ start: 100000, size: 65536 }],
      gids: [{ start: 100000, size: 65536 }],
      newuidmap: "/usr/bin/newuidmap",
      newgidmap: "/usr/bin/newgidmap",
    },
    lsm: { apparmor: false, selinux: false },
    namespaces: ["mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time"],
  };
}
