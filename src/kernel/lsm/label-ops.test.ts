import { describe, expect, test } from "bun:test";
import type { Process } from "../../spec/runtime/config.ts";
import type { Register } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { labelOps } from "./label-ops.ts";

const proc = 3 as Register;
const process = (labels: Partial<Process>): Process => ({ cwd: "/", ...labels });
const host = (lsm: HostFacts["lsm"]): HostFacts => ({
  kernel: { major: 6, minor: 1 },
  arch: "x86_64",
  uid: 0,
  gid: 0,
  rootless: false,
  capabilities: { bounding: 0n, effective: 0n, last: 40 },
  cgroup: { mode: "none", v1: [], systemd: false, writable: false },
  subordinate: { uids: [], gids: [] },
  lsm,
  namespaces: [],
});
const both = host({ apparmor: true, selinux: true });
const neither = host({ apparmor: false, selinux: false });

describe("a label", () => {
  test("of AppArmor is written for the next execve of this thread, through the verified procfs", () => {
    const [op, ...more] = labelOps(process({ apparmorProfile: "docker-default" }), proc, both);
    expect(more).toEqual([]);
    expect(op).toMatchObject({
      name: "write",
      args: { dir: proc, path: "thread-self/attr/apparmor/exec", data: ["exec docker-default"] },
      from: "process.apparmorProfile",
    });
  });

  test("of SELinux likewise", () => {
    const [op] = labelOps(process({ selinuxLabel: "system_u:system_r:container_t:s0" }), proc, both);
    expect(op).toMatchObject({
      args: { dir: proc, path: "thread-self/attr/exec", data: ["system_u:system_r:container_t:s0"] },
      from: "process.selinuxLabel",
    });
  });

  test("that is not asked for, or empty, is none, on any host", () => {
    for (const facts of [both, neither]) expect(labelOps(process({ apparmorProfile: "", selinuxLabel: "" }), proc, facts)).toEqual([]);
    expect(labelOps(process({}), proc, neither)).toEqual([]);
  });

  // biome-ignore format: table
  const refused = [
    { field: "process.apparmorProfile", labels: { apparmorProfile: "x" }, facts: host({ apparmor: false, selinux: true }), says: /^label the container's process: process\.apparmorProfile: AppArmor is not enabled/ },
    { field: "process.selinuxLabel", labels: { selinuxLabel: "x" }, facts: host({ apparmor: true, selinux: false }), says: /^label the container's process: process\.selinuxLabel: SELinux is not enabled/ },
  ];
  for (const { field, labels, facts, says } of refused) {
    test(`is refused in ${field} where its module is not there, never left out in silence`, () => {
      expect(() => labelOps(process(labels), proc, facts)).toThrow(says);
    });
  }
});
