import { describe, expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import type { Mount, NamespaceType } from "../../spec/runtime/config.ts";
import { type Register, Registers } from "../plan/plan.ts";
import type { CgroupView, MountContext } from "./context.ts";
import { mountOps } from "./mounts.ts";

const V2: CgroupView = { v1: [], v2: { controllers: [], mountpoint: "/sys/fs/cgroup", directory: "/sys/fs/cgroup/box" } };

const HYBRID: CgroupView = {
  v1: [
    { controllers: ["cpu", "cpuacct"], mountpoint: "/sys/fs/cgroup/cpu,cpuacct", directory: "/sys/fs/cgroup/cpu,cpuacct/box" },
    { controllers: ["name=systemd"], mountpoint: "/sys/fs/cgroup/systemd", directory: "/sys/fs/cgroup/systemd/box" },
  ],
  v2: { controllers: [], mountpoint: "/sys/fs/cgroup/unified", directory: "/sys/fs/cgroup/unified/box" },
};

const AT_THE_ROOT: Readonly<Record<string, CgroupView>> = {
  v2: { v1: [], v2: { controllers: [], mountpoint: "/cg", directory: "/cg" } },
  v1: { v1: [{ controllers: ["memory"], mountpoint: "/cg/memory", directory: "/cg/memory" }] },
};

const IDS = [{ containerID: 0, hostID: 1000, size: 10 }];

interface Lines {
  readonly host: string[];
  readonly child: string[];
  readonly late: string[];
}

function lines(mounts: readonly Mount[], over: Partial<MountContext> = {}): Lines {
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
const target = (path: string, mode = "040755") => [
  `makeIn root=root path="${path}" mode=${mode} -> target`,
  "refuseFs fd=target magic=0x9fa0",
];
const strictTarget = (path: string) => [
  `openIn root=root path="${path}" flags=0x200000 mode=0 resolve=4 -> target [may ENOENT]`,
  `makeIn root=root path="${path}" mode=040755 -> target [fallback]`,
  "close fd=target [fallback]",
  `openIn root=root path="${path}" flags=0x200000 mode=0 resolve=4 -> target [fallback]`,
];
const attach = (mount = "mount") => [`moveMount from=${mount} to=target flags=0`, "close fd=target"];
/** How a path in an open source becomes a mount, and a target of its kind. */
const part = (flags: number) => [
  'openIn root=source path="etc/x" flags=0x200000 mode=0 resolve=0 -> subpath',
  `openTree dir=subpath path="" flags=${`0x${(0x1000 | flags).toString(16)}`} -> mount`,
  "close fd=subpath",
  "close fd=source",
];
const targetLike = ['makeLike root=root path="/data" like=mount -> target', "refuseFs fd=target magic=0x9fa0"];
const set = (mount: string, args: string) => `mountSetattr dir=${mount} path="" ${args} propagation=0`;

/** What was cloned on the host is no peer of the host's. */
const slave = 'mountSetattr dir=mounts[0] path="" flags=0x8000 set=0 clear=0 propagation=0x80000';

interface Row {
  readonly name: string;
  readonly mount: Mount;
  readonly over?: Partial<MountContext>;
  readonly host?: readonly string[];
  readonly child: readonly string[];
  readonly late?: readonly string[];
}

function check(rows: readonly Row[]): void {
  for (const { name, mount, over, host = [], child, late = [] } of rows) {
    test(name, () => expect(lines([mount], over)).toEqual({ host: [...host], child: [...child], late: [...late] }));
  }
}

describe("file systems", () => {
  check([
    {
      name: "procfs goes onto a directory that no link leads to",
      mount: { destination: "/proc", type: "proc", source: "proc" },
      child: [...strictTarget("/proc"), 'fsMount type="proc" options=["source=proc"] attr=0 -> mount', ...attach(), "close fd=mount"],
    },
    {
      name: "a tmpfs has its options one by one and its attributes from the start",
      mount: { destination: "/data", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
      child: [
        ...target("/data"),
        'fsMount type="tmpfs" options=["source=tmpfs","mode=755","size=65536k"] attr=34 -> mount',
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "a tmpfs takes over the mode of its target, is filled from it, and becomes read-only last",
      mount: { destination: "/var", type: "tmpfs", options: ["ro", "tmpcopyup"] },
      over: { targetMode: (path) => (path === "/var" ? 0o711 : undefined) },
      child: [
        ...target("/var"),
        'fsMount type="tmpfs" options=["source=tmpfs","mode=0711"] attr=0 -> mounts[0]',
        'copyUp root=root path="/var" into=mounts[0]',
        ...attach("mounts[0]"),
      ],
      late: [set("mounts[0]", "flags=0 set=1 clear=0"), "close fd=mounts[0]"],
    },
    {
      name: "a file system on a device is read-only in its superblock too; iversion takes mount(2)",
      mount: { destination: "/data", type: "ext4", source: "/dev/vdb", options: ["ro", "sync", "lazytime", "iversion"] },
      child: [
        ...target("/data"),
        'fsMount type="ext4" options=["source=/dev/vdb","ro","sync","lazytime"] attr=1 -> mount',
        ...attach(),
        'remountLegacy target=mount flags=0x2800031 data=""',
        "close fd=mount",
      ],
    },
    {
      name: "one that speaks to a server is made through the network of the host",
      mount: { destination: "/data", type: "nfs", source: ":/export", options: ["addr=192.0.2.1", "ro"] },
      host: ['fsMount type="nfs" options=["source=:/export","ro","addr=192.0.2.1"] attr=1 -> mounts[0]'],
      child: [...target("/data"), ...attach("mounts[0]"), "close fd=mounts[0]"],
    },
    {
      name: "a part of an overlay is cloned by its descriptor",
      mount: { destination: "/data", type: "overlay", source: "overlay", options: ["lowerdir=/a:/b", "ro", "x-teu.subpath=etc/x"] },
      child: [
        'fsMount type="overlay" options=["source=overlay","ro","lowerdir=/a:/b"] attr=1 -> source',
        ...part(1),
        ...targetLike,
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "devpts is not given a gid that the user namespace lacks",
      mount: { destination: "/dev/pts", type: "devpts", options: ["newinstance", "gid=5", "uid=0", "mode=0620"] },
      over: { unprivileged: true, idMaps: { uidMappings: IDS, gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }] } },
      child: [
        ...target("/dev/pts"),
        'fsMount type="devpts" options=["source=devpts","newinstance","uid=0","mode=0620"] attr=0 -> mount',
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "overlay layers too long for one value go in one by one",
      mount: { destination: "/data", type: "overlay", options: [`lowerdir=/a\\:b:/${"c".repeat(260)}`] },
      child: [
        ...target("/data"),
        // explain shortens long text
        expect.stringMatching(/^fsMount type="overlay" options=\["source=overlay","lowerdir\+=\/a:b","lowerdir\+=\/c+…/),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "sysfs in a user namespace falls back on the host's, read-only",
      mount: { destination: "/sys", type: "sysfs", options: ["nosuid", "noatime"] },
      over: { unprivileged: true },
      child: [
        ...strictTarget("/sys"),
        'fsMount type="sysfs" options=["source=sysfs"] attr=18 -> mount [may EPERM]',
        'openTree path="/sys" flags=0x8001 -> mount [fallback]',
        `${set("mount", "flags=0x8000 set=3 clear=0")} [fallback]`,
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "sysfs in a user namespace with the host's network is the host's",
      mount: { destination: "/sys", type: "sysfs", options: ["nosuid"] },
      over: { unprivileged: true, own: new Set() },
      child: [
        ...strictTarget("/sys"),
        'openTree path="/sys" flags=0x8001 -> mount',
        set("mount", "flags=0x8000 set=3 clear=0"),
        ...attach(),
        "close fd=mount",
      ],
    },
  ]);

  test("an SELinux label is given to what knows it", () => {
    const mounts = ["tmpfs", "mqueue", "proc", "sysfs"].map((type) => ({ destination: type === "proc" ? "/proc" : `/${type}`, type }));
    const made = lines(mounts, { mountLabel: "u:r:t:s0:c1,c2" }).child.filter((line) => line.startsWith("fsMount"));
    expect(made.map((line) => line.includes('"context=u:r:t:s0:c1,c2"'))).toEqual([true, false, false, false]);
  });

  test("the order of the configuration is kept", () => {
    const mounts = ["/b", "/a", "/b/c"].map((destination) => ({ destination, type: "tmpfs" }));
    expect(lines(mounts).child.flatMap((line) => /makeIn.*path="([^"]*)"/.exec(line)?.[1] ?? [])).toEqual(["/b", "/a", "/b/c"]);
  });
});

describe("bind mounts", () => {
  check([
    {
      name: "a file gets a file as its target; attributes come before it is seen, propagation after",
      mount: { destination: "/etc/app.conf", source: "app.conf", options: ["rbind", "ro", "rprivate"] },
      child: [
        'openTree path="/bundle/app.conf" flags=0x8001 -> mount',
        set("mount", "flags=0 set=1 clear=0"),
        ...target("/etc/app.conf", "0100644"),
        ...attach(),
        'mountSetattr dir=mount path="" flags=0x8000 set=0 clear=0 propagation=0x40000',
        "close fd=mount",
      ],
    },
    {
      name: "a part of the source is resolved in it, once",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "x-teu.subpath=etc/x"] },
      child: [
        'open path="/src/" flags=0x200000 mode=0 -> source',
        ...part(0x8001),
        set("mount", "flags=0 set=1 clear=0"),
        ...targetLike,
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "recursive attributes reach all below",
      mount: { destination: "/data", source: "/src", options: ["bind", "nodev", "rro", "rnoatime"] },
      child: [
        'openTree path="/src" flags=1 -> mount',
        set("mount", "flags=0 set=4 clear=0"),
        set("mount", "flags=0x8000 set=17 clear=112"),
        ...target("/data"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "in a user namespace loosening what may be locked is tried apart",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "exec", "dev"] },
      over: { unprivileged: true },
      child: [
        'openTree path="/src" flags=0x8001 -> mount',
        set("mount", "flags=0 set=1 clear=0"),
        `${set("mount", "flags=0 set=0 clear=12")} [may EPERM]`,
        ...target("/data"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "a source that only the host reaches is prepared there",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "exec"] },
      over: { unprivileged: true, openSourcesInHost: true },
      host: ['openTree path="/src" flags=0x8001 -> mounts[0]', slave, set("mounts[0]", "flags=0 set=1 clear=8")],
      child: [...target("/data"), ...attach("mounts[0]"), "close fd=mounts[0]"],
    },
    {
      name: "what is bound on /proc must be the root of a procfs",
      mount: { destination: "/proc", source: "/proc", options: ["rbind"] },
      child: [
        'openTree path="/proc" flags=0x8001 -> mount',
        "checkFs fd=mount magic=0x9fa0 ino=1",
        ...strictTarget("/proc"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "the type bind is a bind mount without the option",
      mount: { destination: "/data", type: "bind", source: "/src" },
      child: ['openTree path="/src" flags=1 -> mount', ...target("/data"), ...attach(), "close fd=mount"],
    },
    {
      name: "a remount changes attributes alone, without the superblock",
      mount: { destination: "/data", options: ["remount", "bind", "ro", "rw", "nosuid"] },
      child: [
        'openIn root=root path="/data" flags=0x200000 mode=0 resolve=0 -> target',
        set("target", "flags=0 set=2 clear=1"),
        "close fd=target",
      ],
    },
  ]);
});

describe("idmapped mounts", () => {
  const helper = (name: string, map: string) => [
    "channel -> idmap near, idmap far",
    "clone section=2 flags=0x10000000 -> idmap pid",
    "openPid proc=proc pid=idmap pid -> idmap proc",
    `write dir=idmap proc path="uid_map" data="${map}\\n"`,
    `write dir=idmap proc path="gid_map" data="${map}\\n"`,
    `open dir=idmap proc path="ns/user" flags=0 mode=0 -> ${name}`,
    "signal channel=idmap near number=1",
    "reap pid=idmap pid",
    "close fd=idmap near",
    "close fd=idmap far",
    "close fd=idmap proc",
  ];
  const mapped = (userns: string, flags: string) => [
    'openTree path="/src" flags=0x8001 -> mounts[0]',
    slave,
    `mountSetattr dir=mounts[0] path="" flags=${flags} set=0x100000 clear=0 propagation=0 userns=${userns}`,
  ];
  const child = [...target("/data"), ...attach("mounts[0]"), "close fd=mounts[0]"];
  const container = { uidMappings: [{ containerID: 0, hostID: 7, size: 1 }], gidMappings: [{ containerID: 0, hostID: 7, size: 1 }] };
  check([
    {
      name: "have a user namespace made for their maps, and are mapped where the privilege is",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ridmap"], uidMappings: IDS, gidMappings: IDS },
      host: [...helper("userns 0:1000:10/0:1000:10", "0 1000 10"), ...mapped("userns 0:1000:10/0:1000:10", "0x8000")],
      child,
    },
    {
      name: "without maps of their own take the container's",
      mount: { destination: "/data", source: "/src", options: ["rbind", "idmap"] },
      over: { idMaps: container },
      host: [...helper("userns 0:7:1/0:7:1", "0 7 1"), ...mapped("userns 0:7:1/0:7:1", "0")],
      child,
    },
    {
      name: "without maps take the user namespace that is joined",
      mount: { destination: "/data", source: "/src", options: ["rbind", "idmap"] },
      over: { joinedUserNamespace: "/proc/7/ns/user" },
      host: ['open path="/proc/7/ns/user" flags=0 mode=0 -> joined userns', ...mapped("joined userns", "0")],
      child,
    },
  ]);

  test("with the same maps share one user namespace", () => {
    const mount = { source: "/src", options: ["bind"], uidMappings: IDS, gidMappings: IDS };
    const { host } = lines([
      { destination: "/a", ...mount },
      { destination: "/b", ...mount },
    ]);
    expect(host.filter((line) => line.startsWith("clone"))).toHaveLength(1);
  });
});

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
