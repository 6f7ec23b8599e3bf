import { describe, expect, test } from "bun:test";
import type { NamespaceType } from "../../spec/runtime/config.ts";
import { AT_THE_ROOT, attach, check, HYBRID, lines, set, target } from "./mounts.test-support.ts";

describe("control groups", () => {
  const namespace = new Set<NamespaceType>(["cgroup"]);
  const inside = (name: string, directory: string, make: string) => [
    `makeIn root=cgroup tmpfs path="/${name}" mode=040755 -> target`,
    `fsMount ${make} attr=1 -> mount [may EPERM EBUSY]`,
    `openTree path="${directory}" flags=0x8001 -> mount [fallback]`,
    `${set("mount", "flags=0x8000 set=1 clear=0")} [fallback]`,
    ...attach(),
    "close fd=mount",
  ];
  check([
    {
      name: "v2 with a cgroup namespace is a mount of its own, else the container's directory",
      mount: { destination: "/sys/fs/cgroup", type: "cgroup", options: ["ro", "nosuid"] },
      over: { own: namespace },
      child: [
        ...target("/sys/fs/cgroup"),
        'fsMount type="cgroup2" options=["source=cgroup"] attr=3 -> mount [may EPERM EBUSY]',
        'openTree path="/sys/fs/cgroup/box" flags=0x8001 -> mount [fallback]',
        `${set("mount", "flags=0x8000 set=3 clear=0")} [fallback]`,
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "v2 without a cgroup namespace is the container's directory, never the host's tree",
      mount: { destination: "/sys/fs/cgroup", type: "cgroup", options: ["relatime"] },
      child: [...target("/sys/fs/cgroup"), 'openTree path="/sys/fs/cgroup/box" flags=0x8001 -> mount', ...attach(), "close fd=mount"],
    },
    {
      name: "a hybrid host has every hierarchy in a tmpfs, links for controllers that share one, and all of it read-only",
      mount: { destination: "/sys/fs/cgroup", type: "cgroup", options: ["ro"] },
      over: { own: namespace, cgroup: HYBRID },
      child: [
        ...target("/sys/fs/cgroup"),
        'fsMount type="tmpfs" options=["source=tmpfs","mode=755","size=1024k"] attr=14 -> cgroup tmpfs',
        ...attach("cgroup tmpfs"),
        ...inside("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/box", 'type="cgroup" options=["source=cgroup","cpu","cpuacct"]'),
        ...inside("systemd", "/sys/fs/cgroup/systemd/box", 'type="cgroup" options=["source=cgroup","none","name=systemd"]'),
        ...inside("unified", "/sys/fs/cgroup/unified/box", 'type="cgroup2" options=["source=cgroup"]'),
        'symlink root=cgroup tmpfs target="cpu,cpuacct" path="/cpu"',
        'symlink root=cgroup tmpfs target="cpu,cpuacct" path="/cpuacct"',
        set("cgroup tmpfs", "flags=0 set=1 clear=0"),
        "close fd=cgroup tmpfs",
      ],
    },
  ]);

  for (const [version, cgroup] of Object.entries(AT_THE_ROOT)) {
    for (const { options, guarded } of [
      { options: [], guarded: true },
      { options: ["rw"], guarded: false },
    ]) {
      test(`the root of a ${version} hierarchy is ${guarded ? "read-only" : "writable"} with options [${options}] (CVE-2022-0492)`, () => {
        const { child } = lines([{ destination: "/cg", type: "cgroup", options }], { cgroup });
        expect(child.includes(set("mount", "flags=0x8000 set=1 clear=0"))).toBe(guarded);
      });
    }
  }
});
