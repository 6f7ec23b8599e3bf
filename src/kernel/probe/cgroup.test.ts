import { describe, expect, test } from "bun:test";
import { type CgroupSources, parseCgroupMounts, parseControllers, parseOwnCgroups, probeCgroups } from "./cgroup.ts";
import { readCgroupFacts } from "./cgroup-read.ts";

function sources(more: Partial<CgroupSources>): CgroupSources {
  return { mountinfo: "", own: "", read: () => undefined, writable: () => false, systemd: false, root: true, ...more };
}

const V2_MOUNT = "30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";
const V1_MOUNTS = [
  "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
  "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
  "33 31 0:30 / /sys/fs/cgroup/memory rw,relatime shared:5 master:2 - cgroup cgroup rw,memory",
  "34 31 0:31 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd",
].join("\n");
const V1_OWN = "3:memory:/jobs/a\n2:cpu,cpuacct:/jobs/a\n1:name=systemd:/user:1000/x\n";
const V1 = [
  { controllers: ["cpu", "cpuacct"], mountpoint: "/sys/fs/cgroup/cpu,cpuacct", root: "/", own: "/jobs/a" },
  { controllers: ["memory"], mountpoint: "/sys/fs/cgroup/memory", root: "/", own: "/jobs/a" },
  { controllers: ["name=systemd"], mountpoint: "/sys/fs/cgroup/systemd", root: "/", own: "/user:1000/x" },
];

describe("the parsers", () => {
  test("mountinfo: optional fields, escapes and other mounts are coped with", () => {
    expect(
      parseCgroupMounts(
        "1 2 0:3 /a\\040b /mnt/x\\134y rw shared:1 master:2 propagate_from:3 - cgroup none rw,pids\n9 1 0:4 / / rw - ext4 d rw",
      ),
    ).toEqual([{ mountpoint: "/mnt/x\\y", root: "/a b", type: "cgroup", options: ["rw", "pids"] }]);
  });
  test("/proc/self/cgroup: a colon in a path belongs to the path", () => {
    expect([...parseOwnCgroups("4:cpu,cpuacct:/a:b\n0::/c\n")]).toEqual([
      ["cpu", "/a:b"],
      ["cpuacct", "/a:b"],
      ["", "/c"],
    ]);
  });
  test("cgroup.controllers: words, or none", () => {
    expect(parseControllers("cpuset cpu io\n")).toEqual(["cpuset", "cpu", "io"]);
    expect(parseControllers("\n")).toEqual([]);
    expect(parseControllers(undefined)).toEqual([]);
  });
});

describe("the facts", () => {
  test("v1: co-mounted controllers share a hierarchy, mount options are no controllers, named ones count", () => {
    expect(probeCgroups(sources({ mountinfo: V1_MOUNTS, own: V1_OWN, writable: (path) => path === "/sys/fs/cgroup/memory" }))).toEqual({
      mode: "v1",
      v1: V1,
      systemd: false,
      writable: true,
    });
  });
  test("hybrid: a v2 tree beside v1", () => {
    const mountinfo = `${V1_MOUNTS}\n40 31 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;
    const facts = probeCgroups(sources({ mountinfo, own: `${V1_OWN}0::/\n`, read: () => "hugetlb\n" }));
    expect(facts.mode).toBe("hybrid");
    expect(facts.v2).toEqual({ mountpoint: "/sys/fs/cgroup/unified", root: "/", own: "/", controllers: ["hugetlb"] });
  });
  test("none: no cgroup is mounted", () => {
    expect(probeCgroups(sources({ own: "0::/\n" }))).toEqual({ mode: "none", v1: [], systemd: false, writable: false });
  });
  test("a second mount of a hierarchy, such as a container's bind, is passed over", () => {
    const bind = "50 49 0:30 /teu/x /var/lib/c/rootfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    expect(probeCgroups(sources({ mountinfo: `${V1_MOUNTS}\n${bind}`, own: V1_OWN })).v1).toEqual(V1);
  });
  test("a host that is itself a container shows which part of the hierarchy is mounted", () => {
    const mountinfo = "33 31 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
    expect(probeCgroups(sources({ mountinfo, own: "3:memory:/docker/abc\n" })).v1).toEqual([
      { controllers: ["memory"], mountpoint: "/sys/fs/cgroup/memory", root: "/docker/abc", own: "/docker/abc" },
    ]);
  });
});

describe("delegation to an ordinary user", () => {
  const own = "0::/user.slice/u.service/app.slice/run.scope\n";
  const at = "/sys/fs/cgroup/user.slice/u.service/app.slice";
  const probe = (writable: readonly string[]) =>
    probeCgroups(
      sources({ mountinfo: V2_MOUNT, own, root: false, writable: (path) => writable.includes(path), read: () => "cpu memory pids\n" }),
    );

  test("the parent of one's own cgroup can hand its controllers down", () => {
    expect(probe([at, `${at}/cgroup.procs`])).toMatchObject({
      writable: true,
      v2: { delegated: { path: "/user.slice/u.service/app.slice", controllers: ["cpu", "memory", "pids"] } },
    });
  });
  test("one's own cgroup holds processes, so it has no controllers to hand down", () => {
    expect(probe([`${at}/run.scope`, `${at}/run.scope/cgroup.procs`])).toMatchObject({
      writable: true,
      v2: { delegated: { path: "/user.slice/u.service/app.slice/run.scope", controllers: [] } },
    });
  });
  test("a directory that may be written to but not moved into is not delegated", () => {
    const facts = probe([at]);
    expect(facts.writable).toBe(false);
    expect(facts.v2).not.toHaveProperty("delegated");
  });
});

test("this machine's own facts can be read and fit together", () => {
  const facts = readCgroupFacts({ rootless: false });
  expect(facts.mode === "none").toBe(facts.v1.length === 0 && facts.v2 === undefined);
  for (const { mountpoint, controllers } of facts.v1) {
    expect(mountpoint).toStartWith("/");
    expect(controllers).not.toBeEmpty();
  }
});
