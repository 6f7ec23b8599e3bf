// The mounts of a container as its own kernel shows them, /proc/self/mountinfo and stat(1) from inside. Needs root.
import { describe, expect, test } from "bun:test";
import { chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Op, op, type Registers } from "../src/kernel/plan/plan.ts";
import { MOUNT_ATTR, MS } from "../src/kernel/tables/mount-flags.ts";
import { AT, OPEN_COMMON } from "../src/kernel/tables/open-flags.ts";
import type { Linux } from "../src/spec/runtime/config.ts";
import { giveAway, makeBundle, mountAt, mountInfo, runInside, SHOW, succeeded } from "./support/mount-plan.ts";
import { LAUNCHER, type PlanResult } from "./support/run-plan.ts";

const able = process.getuid?.() === 0 && existsSync(LAUNCHER);
if (!able) console.error("SKIPPED test/mounts.test.ts: needs root and bin/teu-launcher");

const USER_NAMESPACE: Linux = {
  namespaces: [{ type: "user" }],
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 1000 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 1000 }],
};

/** Mounts a tmpfs on a host directory, in the child's mount namespace only: a source with a mount below it. */
function tmpfsOn(path: string, attr = 0) {
  return (registers: Registers): Op[] => {
    const [at, mount] = [registers.named("test at"), registers.named("test tmpfs")];
    const private_ = { set: 0, clear: 0, propagation: MS.PRIVATE, userns: undefined };
    return [
      op("mountSetattr", { dir: undefined, path: "/", flags: AT.RECURSIVE, ...private_ }, "test"),
      op("open", { dir: undefined, path, flags: OPEN_COMMON.O_PATH, mode: 0, out: at }, "test"),
      op("fsMount", { type: "tmpfs", options: [], attr, out: mount }, "test"),
      op("moveMount", { from: mount, to: at, flags: 0 }, "test"),
    ];
  };
}

describe.skipIf(!able)("file systems", () => {
  test("a tmpfs and a devpts have the options asked for, and no mount of the host is left", async () => {
    using bundle = makeBundle();
    const mounts = [
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
      },
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "noatime"] },
      { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    ];
    const output = succeeded(await runInside(bundle, { config: { mounts }, script: SHOW }));
    expect(mountInfo(output).map(({ at, type, source, options }) => `${at} ${type} ${source} ${options}`)).toEqual([
      "/ ext4 /dev/vda rw,relatime",
      "/proc proc proc rw,relatime",
      "/dev tmpfs tmpfs rw,nosuid",
      "/dev/pts devpts devpts rw,nosuid,noexec,relatime",
      "/dev/shm tmpfs shm rw,nosuid,nodev,noexec,noatime",
      "/dev/mqueue mqueue mqueue rw,nosuid,nodev,noexec,relatime",
      "/sys sysfs sysfs ro,nosuid,nodev,noexec,relatime",
    ]);
    expect(mountAt(output, "/dev")?.superOptions).toEqual(["rw", "size=65536k", "mode=755"]);
  });

  test("a read-only /dev is filled before it is closed", async () => {
    using bundle = makeBundle();
    const mounts = [{ destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["ro", "mode=755"] }];
    const script = `${SHOW}; stat -c '%F %t:%T %a' /dev/full; readlink /dev/ptmx; touch /dev/x || echo refused`;
    const result = await runInside(bundle, { config: { mounts }, script });
    expect(result.failure).toBeUndefined();
    expect(mountAt(result.stdout, "/dev")?.options).toContain("ro");
    expect(result.stdout).toContain("character special file 1:7 666\npts/ptmx\nrefused\n");
  });

  test("tmpcopyup keeps the tree that it covers, with owners, modes and links", async () => {
    using bundle = makeBundle();
    const source = join(bundle.rootfs, "data");
    mkdirSync(join(source, "sub"));
    writeFileSync(join(source, "sub/file"), "content", { mode: 0o640 });
    chownSync(join(source, "sub/file"), 12, 34);
    symlinkSync("sub/file", join(source, "link"));
    const mounts = [{ destination: "/data", type: "tmpfs", source: "copy", options: ["tmpcopyup", "ro"] }];
    const script = `${SHOW}; stat -c '%a %u:%g' /data/sub/file; cat /data/link`;
    const output = succeeded(await runInside(bundle, { config: { mounts }, script }));
    expect(mountAt(output, "/data")).toMatchObject({ type: "tmpfs", source: "copy", options: ["ro", "relatime"] });
    expect(output).toEndWith("\n640 12:34\ncontent");
  });

  test("a remount changes the attributes of a mount that is there", async () => {
    using bundle = makeBundle();
    const mounts = [
      { destination: "/data", type: "tmpfs", source: "one", options: ["nosuid"] },
      { destination: "/data", options: ["remount", "noexec", "ro"] },
    ];
    const output = succeeded(await runInside(bundle, { config: { mounts }, script: SHOW }));
    expect(mountAt(output, "/data")?.options).toEqual(["ro", "nosuid", "noexec", "relatime"]);
  });

  test("a remount with options of the file system changes its superblock", async () => {
    using bundle = makeBundle();
    const mounts = [
      { destination: "/data", type: "tmpfs", source: "one", options: ["size=64k", "nosuid"] },
      { destination: "/data", type: "tmpfs", options: ["remount", "size=128k", "nosuid"] },
    ];
    const output = succeeded(await runInside(bundle, { config: { mounts }, script: SHOW }));
    expect(mountAt(output, "/data")?.superOptions).toContain("size=128k");
    expect(mountAt(output, "/data")?.options).toContain("nosuid");
  });
});

describe.skipIf(!able)("bind mounts", () => {
  /** A bundle with `source`, a directory that holds `sub`, on which the child mounts a tmpfs. */
  async function bindOf(options: readonly string[], script = SHOW): Promise<string> {
    using bundle = makeBundle();
    const source = join(bundle.dir, "source");
    mkdirSync(join(source, "sub"), { recursive: true });
    const mounts = [{ destination: "/data", source: "source", options }];
    return succeeded(await runInside(bundle, { config: { mounts }, script, first: tmpfsOn(join(source, "sub")) }));
  }

  const rows = [
    { name: "ro speaks of the mount alone", options: ["rbind", "ro"], data: ["ro", "relatime"], sub: ["rw", "relatime"] },
    { name: "rro speaks of all below", options: ["rbind", "rro"], data: ["ro", "relatime"], sub: ["ro", "relatime"] },
    { name: "rro then rrw is rrw", options: ["rbind", "rro", "rrw"], data: ["rw", "relatime"], sub: ["rw", "relatime"] },
    {
      name: "the recursive form comes after the plain one",
      options: ["rbind", "ro", "rnoexec"],
      data: ["ro", "noexec", "relatime"],
      sub: ["rw", "noexec", "relatime"],
    },
    {
      name: "access times are a choice of one",
      options: ["rbind", "noatime", "rstrictatime", "rnodiratime"],
      data: ["rw", "nodiratime"],
      sub: ["rw", "nodiratime"],
    },
    { name: "bind leaves what is below behind", options: ["bind", "nosuid"], data: ["rw", "nosuid", "relatime"], sub: undefined },
  ];
  for (const { name, options, data, sub } of rows) {
    test(name, async () => {
      const output = await bindOf(options);
      expect(mountAt(output, "/data")?.options).toEqual(data);
      expect(mountAt(output, "/data/sub")?.options).toEqual(sub);
    });
  }

  for (const [option, tag] of [
    ["rshared", /^shared:/],
    ["rprivate", /^$/],
    ["runbindable", /^unbindable$/],
  ] as const) {
    test(`${option} is what the kernel says of the mount`, async () => {
      const tags = mountAt(await bindOf(["rbind", option]), "/data/sub")?.tags.join(" ");
      expect(tags).toMatch(tag);
    });
  }

  test("a file is bound onto a file that is made for it", async () => {
    using bundle = makeBundle();
    writeFileSync(join(bundle.dir, "hosts"), "names\n");
    const mounts = [{ destination: "/etc/deep/hosts", source: join(bundle.dir, "hosts"), options: ["bind", "ro"] }];
    expect(succeeded(await runInside(bundle, { config: { mounts }, script: "cat /etc/deep/hosts" }))).toBe("names\n");
  });

  test("a source that is not there is named", async () => {
    using bundle = makeBundle();
    const mounts = [{ destination: "/data", source: "nowhere", options: ["bind"] }];
    expect((await runInside(bundle, { config: { mounts }, script: SHOW })).failure).toStartWith("ENOENT");
  });
});

describe.skipIf(!able)("idmapped mounts", () => {
  const own = { uidMappings: [{ containerID: 1000, hostID: 5000, size: 1 }], gidMappings: [{ containerID: 1000, hostID: 6000, size: 1 }] };

  test("shift the owners of files on disk as their mappings say", async () => {
    using bundle = makeBundle();
    mkdirSync(join(bundle.dir, "source"));
    writeFileSync(join(bundle.dir, "source/file"), "");
    chownSync(join(bundle.dir, "source/file"), 1000, 1000);
    const mounts = [{ destination: "/data", source: "source", options: ["bind", "idmap", "noexec"], ...own }];
    const output = succeeded(await runInside(bundle, { config: { mounts }, script: `stat -c %u:%g /data/file /data; ${SHOW}` }));
    expect(output).toStartWith("5000:6000\n65534:65534\n");
    expect(mountAt(output, "/data")?.options).toEqual(["rw", "noexec", "relatime", "idmapped"]);
  });

  test("without mappings take those of the container's user namespace", async () => {
    using bundle = makeBundle();
    mkdirSync(join(bundle.dir, "source"));
    writeFileSync(join(bundle.dir, "source/file"), "", { mode: 0o600 });
    giveAway(bundle);
    const mounts = [
      { destination: "/data", source: "source", options: ["bind", "idmap"] },
      { destination: "/tmp", source: "source", options: ["bind"] },
    ];
    const config = { mounts, linux: USER_NAMESPACE };
    const output = succeeded(await runInside(bundle, { config, script: "stat -c %u:%g /data/file /tmp/file" }));
    expect(output).toBe("0:0\n65534:65534\n");
  });

  test("mounts with the same mappings share one helper, and it is gone afterwards", async () => {
    using bundle = makeBundle();
    mkdirSync(join(bundle.dir, "source"));
    const mount = { source: "source", options: ["bind", "idmap"], ...own };
    const mounts = ["/data", "/tmp"].map((destination) => ({ destination, ...mount }));
    const output = succeeded(await runInside(bundle, { config: { mounts }, script: SHOW }));
    expect(
      mountInfo(output)
        .filter(({ options }) => options.includes("idmapped"))
        .map(({ at }) => at),
    ).toEqual(["/data", "/tmp"]);
  });
});

describe.skipIf(!able)("in a user namespace", () => {
  test("devices are the host's, sysfs is the host's read-only, and a gid without a mapping is no obstacle", async () => {
    using bundle = makeBundle();
    giveAway(bundle);
    const small = [{ containerID: 0, hostID: 100_000, size: 1 }];
    const mounts = [
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666", "gid=5"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev"] },
    ];
    const linux = { namespaces: [{ type: "user" }] as const, uidMappings: small, gidMappings: small };
    const script = `${SHOW}; stat -c '%F %t:%T' /dev/null; echo x >/dev/null && touch /sys/x || echo refused`;
    const result = await runInside(bundle, { config: { mounts, linux }, script });
    expect(result.failure).toBeUndefined();
    expect(mountAt(result.stdout, "/sys")?.options).toEqual(["ro", "nosuid", "nodev", "noexec", "relatime"]);
    expect(mountAt(result.stdout, "/dev/pts")?.type).toBe("devpts");
    expect(mountAt(result.stdout, "/dev/null")?.root).toBe("/null");
    expect(result.stdout).toContain("character special file 1:3\nrefused\n");
  });

  /** A source that is a mount with these attributes, locked because the container's mount namespace is less privileged. */
  async function lockedBind(attr: number, options: readonly string[]): Promise<PlanResult> {
    using bundle = makeBundle();
    giveAway(bundle);
    const source = join(bundle.dir, "source");
    mkdirSync(source);
    const outside = (registers: Registers) => [op("unshare", { flags: 0x2_0000 }, "test"), ...tmpfsOn(source, attr)(registers)];
    const mounts = [{ destination: "/data", source, options }];
    return await runInside(bundle, { config: { mounts, linux: USER_NAMESPACE }, script: SHOW, outside });
  }

  test("taking a locked nosuid away is given up without a word", async () => {
    const output = succeeded(await lockedBind(MOUNT_ATTR.NOSUID, ["rbind", "suid", "noexec"]));
    expect(mountAt(output, "/data")?.options).toEqual(["rw", "nosuid", "noexec", "relatime"]);
  });

  test("making a locked read-only source writable is an error", async () => {
    expect((await lockedBind(MOUNT_ATTR.RDONLY, ["rbind", "rw"])).failure).toStartWith("EPERM");
  });

  test("a bind without attributes keeps those of its source", async () => {
    const output = succeeded(await lockedBind(MOUNT_ATTR.RDONLY | MOUNT_ATTR.NODEV, ["rbind"]));
    expect(mountAt(output, "/data")?.options).toEqual(["ro", "nodev", "relatime"]);
  });
});
