// Hosts for the tests of the cgroup planner.
import type { CgroupFacts, HostFacts, V1Hierarchy } from "../probe/host-facts.ts";

function hierarchy(...controllers: string[]): V1Hierarchy {
  const name = controllers.join(",").replace("name=", "");
  return { controllers, mountpoint: `/sys/fs/cgroup/${name}`, root: "/", own: "/" };
}

const v1: readonly V1Hierarchy[] = [
  hierarchy("cpuset"),
  hierarchy("cpu", "cpuacct"),
  hierarchy("memory"),
  hierarchy("pids"),
  hierarchy("devices"),
  hierarchy("freezer"),
  hierarchy("blkio"),
  hierarchy("name=systemd"),
];

const ALL = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"];
const mounted = { mountpoint: "/sys/fs/cgroup", root: "/", own: "/user.slice/user-1000.slice/session-2.scope" };
const service = "/user.slice/user-1000.slice/user@1000.service/app.slice";

export const CGROUPS = {
  v1: { mode: "v1", v1, systemd: false, writable: true },
  v2: { mode: "v2", v1: [], v2: { ...mounted, controllers: ALL }, systemd: false, writable: true },
  hybrid: {
    mode: "hybrid",
    v1,
    v2: { mountpoint: "/sys/fs/cgroup/unified", root: "/", own: "/", controllers: ["hugetlb"] },
    systemd: false,
    writable: true,
  },
  none: { mode: "none", v1: [], systemd: false, writable: false },
  delegated: {
    mode: "v2",
    v1: [],
    v2: {
      ...mounted,
      own: `${service}/run-1.scope`,
      controllers: ALL,
      delegated: { path: service, controllers: ["cpu", "memory", "pids"] },
    },
    systemd: true,
    writable: true,
  },
  undelegated: { mode: "v2", v1: [], v2: { ...mounted, controllers: ALL }, systemd: true, writable: false },
} as const satisfies Record<string, CgroupFacts>;

/** A host with these cgroups, seen by root or by an ordinary user. */
export function hostFacts(cgroup: CgroupFacts, { rootless = false }: { readonly rootless?: boolean } = {}): HostFacts {
  return {
    kernel: { major: 6, minor: 1 },
    arch: "x86_64",
    uid: rootless ? 1000 : 0,
    gid: rootless ? 1000 : 0,
    rootless,
    capabilities: { bounding: 0n, effective: 0n, last: 40 },
    cgroup,
    subordinate: { uids: [], gids: [] },
    lsm: { apparmor: false, selinux: false },
    namespaces: [],
  };
}
