// How tests of mounts are written: a row a mount, with the ops that it becomes, a line each.
import { expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import type { Mount, NamespaceType } from "../../spec/runtime/config.ts";
import { type Register, Registers } from "../plan/plan.ts";
import type { CgroupView, MountContext } from "./context.ts";
import { mountOps } from "./mounts.ts";

const V2: CgroupView = { v1: [], v2: { controllers: [], mountpoint: "/sys/fs/cgroup", directory: "/sys/fs/cgroup/box" } };

export const HYBRID: CgroupView = {
  v1: [
    { controllers: ["cpu", "cpuacct"], mountpoint: "/sys/fs/cgroup/cpu,cpuacct", directory: "/sys/fs/cgroup/cpu,cpuacct/box" },
    { controllers: ["name=systemd"], mountpoint: "/sys/fs/cgroup/systemd", directory: "/sys/fs/cgroup/systemd/box" },
  ],
  v2: { controllers: [], mountpoint: "/sys/fs/cgroup/unified", directory: "/sys/fs/cgroup/unified/box" },
};

export const AT_THE_ROOT: Readonly<Record<string, CgroupView>> = {
  v2: { v1: [], v2: { controllers: [], mountpoint: "/cg", directory: "/cg" } },
  v1: { v1: [{ controllers: ["memory"], mountpoint: "/cg/memory", directory: "/cg/memory" }] },
};

export const IDS = [{ containerID: 0, hostID: 1000, size: 10 }];

interface Lines {
  readonly host: string[];
  readonly child: string[];
  readonly late: string[];
}

export function lines(mounts: readonly Mount[], over: Partial<MountContext> = {}): Lines {
  const registers = new Registers();
  const proc: Register = registers.named("proc");
  const made = mountOps(mounts, {
    registers,
    root: registers.named("root"),
    bundle: "/bundle",
    sourceKind: (path) => (path.endsWith(".conf") ? "file" : "directory"),
    own: new Set<NamespaceType>(["mount", "pid", "network"]),
    unprivileged: false,
    idmap: { section: 2, proc },
    cgroup: V2,
    openSourcesInHost: false,
    ...over,
  });
  return { host: opLines(made.host, registers), child: opLines(made.child, registers), late: opLines(made.late, registers) };
}

/** How a target is found: for most, and for procfs and sysfs. */
export const target = (path: string, mode = "040755") => [
  `makeIn root=root path="${path}" mode=${mode} -> target`,
  "refuseFs fd=target magic=0x9fa0",
];
export const strictTarget = (path: string) => [
  `openIn root=root path="${path}" flags=0x200000 mode=0 resolve=4 -> target [may ENOENT]`,
  `makeIn root=root path="${path}" mode=040755 -> target [fallback]`,
  "close fd=target [fallback]",
  `openIn root=root path="${path}" flags=0x200000 mode=0 resolve=4 -> target [fallback]`,
];
export const attach = (mount = "mount") => [`moveMount from=${mount} to=target flags=0`, "close fd=target"];
/** How a path in an open source becomes a mount, and a target of its kind. */
export const part = (flags: number) => [
  'openIn root=source path="etc/x" flags=0x200000 mode=0 resolve=0 -> subpath',
  `openTree dir=subpath path="" flags=${`0x${(0x1000 | flags).toString(16)}`} -> mount`,
  "close fd=subpath",
  "close fd=source",
];
export const targetLike = ['makeLike root=root path="/data" like=mount -> target', "refuseFs fd=target magic=0x9fa0"];
export const set = (mount: string, args: string) => `mountSetattr dir=${mount} path="" ${args} propagation=0`;

/** What was cloned on the host is no peer of the host's. */
export const slave = 'mountSetattr dir=mounts[0] path="" flags=0x8000 set=0 clear=0 propagation=0x80000';

interface Row {
  readonly name: string;
  readonly mount: Mount;
  readonly over?: Partial<MountContext>;
  readonly host?: readonly string[];
  readonly child: readonly string[];
  readonly late?: readonly string[];
}

export function check(rows: readonly Row[]): void {
  for (const { name, mount, over, host = [], child, late = [] } of rows) {
    test(name, () => expect(lines([mount], over)).toEqual({ host: [...host], child: [...child], late: [...late] }));
  }
}
