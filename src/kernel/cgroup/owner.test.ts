import { expect, test } from "bun:test";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { CGROUPS, hostFacts } from "./facts.fixture.ts";
import { cgroupOwner } from "./owner.ts";

const MOUNT = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"] };
const CONFIG: RuntimeConfig = {
  ociVersion: "1.3.0",
  root: { path: "rootfs" },
  mounts: [MOUNT],
  process: { cwd: "/", user: { uid: 5, gid: 5 } },
  linux: { namespaces: [{ type: "cgroup" }], uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }] },
};

const ROWS: readonly { name: string; config: RuntimeConfig; on?: "v1" | "v2"; want: number | undefined }[] = [
  { name: "the user's id on the host, by the mappings", config: CONFIG, want: 100005 },
  { name: "the same id without mappings", config: { ...CONFIG, linux: { namespaces: [{ type: "cgroup" }] } }, want: 5 },
  { name: "nobody on cgroup v1", config: CONFIG, on: "v1", want: undefined },
  { name: "nobody with a read-only mount", config: { ...CONFIG, mounts: [{ ...MOUNT, options: ["ro"] }] }, want: undefined },
  { name: "nobody without such a mount", config: { ...CONFIG, mounts: [] }, want: undefined },
  {
    name: "nobody with another's cgroup namespace",
    config: { ...CONFIG, linux: { namespaces: [{ type: "cgroup", path: "/proc/1/ns/cgroup" }] } },
    want: undefined,
  },
  {
    name: "nobody when the user is the caller",
    config: { ...CONFIG, process: { cwd: "/" }, linux: { namespaces: [{ type: "cgroup" }] } },
    want: undefined,
  },
];
for (const { name, config, on = "v2", want } of ROWS) {
  test(`a container's cgroup goes to: ${name}`, () => {
    const owner = cgroupOwner(config, { facts: hostFacts(CGROUPS[on]), files: () => ["cgroup.procs"] });
    expect(owner).toEqual(want === undefined ? undefined : { uid: want, files: ["cgroup.procs"] });
  });
}
