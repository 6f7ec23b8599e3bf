import { describe, expect, test } from "bun:test";
import { attach, check, IDS, lines, part, set, strictTarget, target, targetLike } from "./mounts.test-support.ts";

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
