// What keeps a container in its place, as its own kernel shows it: masked paths, the root, control groups, hostile root file systems.
// Needs root.
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Op, op, type Register, type Registers } from "../src/kernel/plan/plan.ts";
import { MS, OPEN_TREE_CLONE } from "../src/kernel/tables/mount-flags.ts";
import { AT, OPEN_COMMON } from "../src/kernel/tables/open-flags.ts";
import type { Linux } from "../src/spec/runtime/config.ts";
import { giveAway, hostCgroups, makeBundle, mountAt, mountInfo, runInside, SHOW, succeeded } from "./support/mount-plan.ts";
import { LAUNCHER } from "./support/run-plan.ts";

const able = process.getuid?.() === 0 && existsSync(LAUNCHER);
if (!able) console.error("SKIPPED test/mount-safety.test.ts: needs root and bin/teu-launcher");

/** In a mount namespace of the launcher's own: a directory as a mount that is shared. */
const sharedMount = (path: string) => (registers: Registers) => {
  const [below, mount] = [registers.named("test at"), registers.named("test mount")];
  const propagate = (dir: Register | undefined, at: string, propagation: number) =>
    op("mountSetattr", { dir, path: at, flags: at === "/" ? AT.RECURSIVE : 0, set: 0, clear: 0, propagation, userns: undefined }, "test");
  return [
    op("unshare", { flags: 0x2_0000 }, "test"),
    propagate(undefined, "/", MS.PRIVATE),
    op("open", { dir: undefined, path, flags: OPEN_COMMON.O_PATH, mode: 0, out: below }, "test"),
    op("openTree", { dir: below, path: "", flags: AT.EMPTY_PATH | OPEN_TREE_CLONE, out: mount }, "test"),
    op("moveMount", { from: mount, to: below, flags: 0 }, "test"),
    propagate(mount, "", MS.SHARED),
  ];
};
/** Prints the mounts of that namespace. */
const showOutside = () => [
  op(
    "run",
    { path: "/bin/cat", argv: ["cat", "/proc/self/mountinfo"], env: [], stdin: [], timeout: 5000, hole: -1, pid: undefined },
    "test",
  ),
];

describe.skipIf(!able)("masked and read-only paths", () => {
  const linux: Linux = {
    maskedPaths: ["/proc/version", "/data/secret", "/data/dir", "/tmp/dir", "/nowhere", "/data/secret/x", "/proc/version"],
    readonlyPaths: ["/proc/sys", "/data", "/nowhere"],
  };

  test("hide files behind the null device and directories behind one empty tmpfs; keep other attributes when read-only", async () => {
    using bundle = makeBundle();
    writeFileSync(join(bundle.rootfs, "data/secret"), "secret");
    for (const name of ["data/dir/below", "tmp/dir/below"]) mkdirSync(join(bundle.rootfs, name), { recursive: true });
    const script = `${SHOW}; cat /data/secret; ls -A /data/dir /tmp/dir; touch /data/x || echo refused; stat -c %t:%T /proc/version`;
    const result = await runInside(bundle, { config: { linux }, script });
    expect(result.failure).toBeUndefined();
    expect(result.stdout).toEndWith("/data/dir:\n\n/tmp/dir:\nrefused\n1:3\n");
    expect(mountAt(result.stdout, "/data/dir")).toMatchObject({ type: "tmpfs", options: ["ro", "nosuid", "nodev", "noexec", "relatime"] });
    expect(mountAt(result.stdout, "/proc/sys")?.options).toEqual(["ro", "relatime"]);
  });

  test("what is done to a masked path is not done to the host's null device", async () => {
    using bundle = makeBundle();
    const before = statSync("/dev/null").mode;
    const script = "chmod 600 /proc/version || echo refused; echo x >/proc/version && echo written";
    expect((await runInside(bundle, { config: { linux }, script })).stdout).toBe("refused\nwritten\n");
    expect(statSync("/dev/null").mode).toBe(before);
  });

  test("a null device of the image's own is never the cover (CVE-2025-31133)", async () => {
    using bundle = makeBundle();
    writeFileSync(join(bundle.rootfs, "data/secret"), "secret");
    symlinkSync("/data/secret", join(bundle.rootfs, "dev/null"));
    const config = { mounts: [{ destination: "/dev", source: join(bundle.rootfs, "dev"), options: ["bind"] }], linux };
    const output = succeeded(await runInside(bundle, { config, script: `${SHOW}; stat -c %t:%T /proc/version` }));
    expect(output).toEndWith("1:3\n");
    expect(mountAt(output, "/proc/version")?.root).toBe("/null");
  });
});

describe.skipIf(!able)("the root", () => {
  test("is read-only when asked, and what is mounted in it is not", async () => {
    using bundle = makeBundle();
    const config = { root: { path: "rootfs", readonly: true }, mounts: [{ destination: "/data", type: "tmpfs" }] };
    const result = await runInside(bundle, { config, script: "touch /x || echo refused; touch /data/x && echo allowed" });
    expect(result.stdout).toBe("refused\nallowed\n");
  });

  for (const namespaces of [[], [{ type: "user" }]] as const) {
    const kind = namespaces.length === 0 ? "with privilege" : "in a user namespace";
    test(`without a pivot is reached all the same, and shows nobody a procfs without masks, ${kind}`, async () => {
      using bundle = makeBundle();
      giveAway(bundle);
      const ids = [{ containerID: 0, hostID: 100_000, size: 1000 }];
      const config = { linux: { namespaces, maskedPaths: ["/proc/version"], uidMappings: ids, gidMappings: ids } };
      // Allowed where any whole procfs is in the mount namespace, in sight or not.
      const nested = "unshare -U -r -m -p -f sh -c 'mount -t proc proc /tmp && echo revealed || echo refused'";
      const script = `${SHOW}; ${nested}; ls /`;
      const result = await runInside(bundle, { config, script, noPivot: true });
      expect(result.failure).toBeUndefined();
      expect(mountInfo(result.stdout).map(({ at }) => at)).toEqual(expect.arrayContaining(["/", "/proc", "/proc/version"]));
      expect(result.stdout).toEndWith("refused\nbin\ndata\ndev\nproc\nsys\ntmp\n");
    });
  }

  for (const [rootfsPropagation, tag] of [
    ["private", /^$/],
    ["shared", /^shared:\d+$/],
    ["unbindable", /^unbindable$/],
    ["rslave", /^(master:\d+)?$/],
  ] as const) {
    test(`has the propagation ${rootfsPropagation}`, async () => {
      using bundle = makeBundle();
      const output = succeeded(await runInside(bundle, { config: { linux: { rootfsPropagation } }, script: SHOW }));
      expect(mountAt(output, "/")?.tags.join(" ")).toMatch(tag);
    });
  }
});

describe.skipIf(!able)("a rootfs on a mount that others share", () => {
  for (const rootfsPropagation of ["shared", "rshared", "private", "rslave"] as const) {
    test(`${rootfsPropagation}: no mount of the container reaches them`, async () => {
      using bundle = makeBundle();
      const config = { mounts: [{ destination: "/data", type: "tmpfs", source: "marker" }], linux: { rootfsPropagation } };
      const result = await runInside(bundle, {
        config,
        script: "test -d /data && echo ran",
        outside: sharedMount(bundle.dir),
        afterwards: showOutside,
        parentMount: bundle.dir,
      });
      expect(result.stdout).toBe("ran\n");
      // What op `run` prints is on stderr.
      const outside = mountInfo(result.stderr).filter(({ at }) => at.startsWith(bundle.dir));
      expect(outside.map(({ at }) => at)).toEqual([bundle.dir]);
    });
  }
});

describe.skipIf(!able || !existsSync("/sys/fs/cgroup/memory"))("control groups, v1 and hybrid", () => {
  const mounts = [
    { destination: "/sys", type: "sysfs", source: "sysfs" },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"] },
  ];

  for (const [name, namespaces] of [
    ["with a cgroup namespace", [{ type: "cgroup" }]],
    ["without a cgroup namespace", []],
  ] as const) {
    test(`every hierarchy is there, read-only, without release_agent, ${name}`, async () => {
      using bundle = makeBundle();
      using group = memberGroup();
      const script = `${SHOW}; ls /sys/fs/cgroup; ls /sys/fs/cgroup/memory | grep -c release_agent; ls /sys/fs/cgroup/memory | grep limit_in`;
      const config = { mounts, linux: { namespaces } };
      const output = succeeded(await runInside(bundle, { config, script, cgroup: hostCgroups(group.name), first: group.enter }));
      const seen = mountInfo(output).filter(({ at }) => at.startsWith("/sys/fs/cgroup"));
      expect(seen.every(({ options }) => options.includes("ro") && options.includes("nosuid"))).toBe(true);
      expect(seen.map(({ at }) => at)).toContain("/sys/fs/cgroup/unified");
      expect(seen.filter(({ type }) => type === "cgroup").length).toBe(hostCgroups("").v1.length);
      expect(output).toContain("\n0\nmemory.kmem.limit_in_bytes\n");
    });
  }

  test("in the root of a hierarchy it is read-only unless rw is asked for (CVE-2022-0492)", async () => {
    using bundle = makeBundle();
    const attempts = [[], ["rw"]].map(async (options) => {
      const [sys, cgroup] = mounts;
      const config = { mounts: [sys, { ...cgroup, options }] as typeof mounts };
      const output = succeeded(await runInside(bundle, { config, script: SHOW, cgroup: hostCgroups("") }));
      return mountAt(output, "/sys/fs/cgroup/memory")?.options.at(0);
    });
    expect(await Promise.all(attempts)).toEqual(["ro", "rw"]);
  });
});

test.skipIf(!able)("what a container in a user namespace mounts below a source opened on the host does not reach the host", async () => {
  using bundle = makeBundle();
  giveAway(bundle);
  const source = join(bundle.dir, "closed/source");
  mkdirSync(join(source, "sub"), { recursive: true });
  chmodSync(join(bundle.dir, "closed"), 0o700);
  const ids = [{ containerID: 0, hostID: 100_000, size: 1000 }];
  const result = await runInside(bundle, {
    config: {
      mounts: [{ destination: "/data", source, options: ["rbind", "rshared"] }],
      linux: { namespaces: [{ type: "user" }], uidMappings: ids, gidMappings: ids },
    },
    script: "mount -t tmpfs marker /data/sub && echo mounted",
    outside: sharedMount(bundle.dir),
    afterwards: showOutside,
    openSourcesInHost: true,
  });
  expect(result.stdout).toBe("mounted\n");
  expect(
    mountInfo(result.stderr)
      .filter(({ at }) => at.startsWith(bundle.dir))
      .map(({ at }) => at),
  ).toEqual([bundle.dir]);
});

/** A cgroup in every v1 hierarchy, and the ops that put the child into it; both are gone on disposal. */
function memberGroup(): Disposable & { readonly name: string; enter(): Op[] } {
  const name = `teu-test-mounts-${process.pid}`;
  const directories = [...hostCgroups(name).v1.map(({ directory }) => directory), join("/sys/fs/cgroup/unified", name)];
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  // A cpuset takes no process before it has CPUs and memory.
  const enter = directories.filter((directory) => !directory.includes("cpuset"));
  return {
    name,
    enter: () => [
      ...enter.map((directory) => op("write", { dir: undefined, path: join(directory, "cgroup.procs"), data: ["0"] }, "test")),
      op("unshare", { flags: 0x0200_0000 }, "test"),
    ],
    [Symbol.dispose]: () => {
      for (const directory of directories) rmdirSync(directory);
    },
  };
}

describe.skipIf(!able)("hostile root file systems", () => {
  const rows = [
    { name: "a link into procfs", link: ["/proc/1", "evil"], mount: { destination: "/evil", type: "tmpfs" }, failure: "EXDEV" },
    { name: "a link at /sys", link: ["/data", "sys2"], mount: { destination: "/sys2", type: "sysfs" }, failure: "ELOOP" },
    {
      name: "a link out of the container",
      link: ["../../../../../../etc", "evil"],
      mount: { destination: "/evil/x", type: "tmpfs" },
      failure: undefined,
    },
    {
      name: "a link through a descriptor",
      link: ["/proc/self/fd/3", "evil"],
      mount: { destination: "/evil", type: "tmpfs" },
      failure: "ELOOP",
    },
  ] as const;
  for (const { name, link, mount, failure } of rows) {
    test(`${name} ${failure === undefined ? "stays inside" : `is ${failure}`}`, async () => {
      using bundle = makeBundle();
      symlinkSync(link[0], join(bundle.rootfs, link[1]));
      const result = await runInside(bundle, { config: { mounts: [mount] }, script: SHOW });
      expect(result.failure?.split(" ")[0]).toBe(failure);
      if (failure === undefined) expect(mountAt(result.stdout, "/etc/x")?.type).toBe("tmpfs");
    });
  }

  test("a target swapped for a link while the mounts are made never receives one outside (CVE-2021-30465)", async () => {
    using bundle = makeBundle();
    const outside = join(bundle.dir, "outside");
    mkdirSync(outside);
    const target = join(bundle.rootfs, "data/a");
    symlinkSync(outside, target);
    const mounts = [{ destination: "/data/a/x", type: "tmpfs", source: "marker" }];
    succeeded(await runInside(bundle, { config: { mounts }, script: SHOW }));
    // The link was followed as the container itself would follow it.
    expect(existsSync(join(bundle.rootfs, outside, "x"))).toBe(true);

    let swapping = true;
    let count = 0;
    // The launcher makes the directory where it finds none, so that either step may fail.
    const attempt = (step: () => void) => {
      try {
        step();
      } catch {}
    };
    const swap = async () => {
      while (swapping) {
        for (const make of [() => mkdirSync(target), () => symlinkSync(outside, target)]) {
          // Aside, not away: to remove a directory unmounts what other mount namespaces have on it.
          attempt(() => renameSync(target, `${target}.${count++}`));
          attempt(make);
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    const swapped = swap();
    const ends = [];
    for (let round = 0; round < 40; round++) ends.push(await runInside(bundle, { config: { mounts }, script: SHOW }));
    swapping = false;
    await swapped;
    expect(readdirSync(outside)).toEqual([]);
    for (const end of ends) {
      if (end.failure !== undefined) expect(end.failure).toMatch(/^(ELOOP|ENOENT|EAGAIN)/);
      else expect(mountInfo(end.stdout).filter(({ source }) => source === "marker")).toHaveLength(1);
    }
  });
});
