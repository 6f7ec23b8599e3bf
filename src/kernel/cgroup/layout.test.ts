import { describe, expect, test } from "bun:test";
import { Registers } from "../plan/plan.ts";
import type { CgroupFacts } from "../probe/host-facts.ts";
import { CGROUPS, hostFacts } from "./facts.fixture.ts";
import { planCgroupJoin } from "./join.ts";
import { cgroupLayout } from "./layout.ts";

/** A host that is itself a container: the mounts show the part of the hierarchies below its own cgroup. */
const NESTED: CgroupFacts = {
  mode: "hybrid",
  v1: [
    { controllers: ["memory"], mountpoint: "/sys/fs/cgroup/memory", root: "/docker/abc", own: "/docker/abc/init" },
    { controllers: ["pids"], mountpoint: "/sys/fs/cgroup/pids", root: "/docker/abc", own: "/somewhere/else" },
  ],
  v2: { mountpoint: "/sys/fs/cgroup/unified", root: "/docker/abc", own: "/docker/abc", controllers: [] },
  systemd: false,
  writable: true,
};

function places(cgroup: CgroupFacts, path: string | undefined, rootless = false): string[] {
  const { v1, v2 } = cgroupLayout({ id: "web", path, facts: hostFacts(cgroup, { rootless }) });
  return [...v1, ...(v2 === undefined ? [] : [v2])].map(({ own }) => own);
}

describe("a container's cgroup lies", () => {
  test("below the mount point by an absolute path, whatever the mount shows", () => {
    expect(places(NESTED, "/a/b")).toEqual(["/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/pids/a/b", "/sys/fs/cgroup/unified/a/b"]);
  });
  test("below the caller's own by a relative path on v1, beside it on v2; what the mount does not show counts as its root", () => {
    expect(places(NESTED, "a")).toEqual(["/sys/fs/cgroup/memory/init/a", "/sys/fs/cgroup/pids/a", "/sys/fs/cgroup/unified/a"]);
    expect(places(CGROUPS.v2, "a")).toEqual(["/sys/fs/cgroup/user.slice/user-1000.slice/a"]);
  });
  test("by its id where nothing is said, and an empty text says nothing", () => {
    expect(places(CGROUPS.v2, undefined)).toEqual(["/sys/fs/cgroup/teu/web"]);
    expect(places(CGROUPS.v2, "")).toEqual(["/sys/fs/cgroup/teu/web"]);
    expect(places(CGROUPS.undelegated, "", true)).toEqual([]);
  });
  test("inside of the hierarchy, however many .. are tried", () => {
    expect(places(CGROUPS.v2, "../../../../etc")).toEqual(["/sys/fs/cgroup/user.slice/user-1000.slice/etc"]);
    expect(places(NESTED, "../x")[0]).toBe("/sys/fs/cgroup/memory/init/x");
  });
});

test("exec opens each recorded directory once, and is born in the v2 one", () => {
  const registers = new Registers();
  const paths = { cpu: "/c/cpu,cpuacct/x", cpuacct: "/c/cpu,cpuacct/x", memory: "/c/memory/x", unified: "/c/unified/x" };
  const join = planCgroupJoin(paths, { registers, arch: "x86_64" });
  expect(join.before.map(({ args }) => args.path)).toEqual(["/c/cpu,cpuacct/x/tasks", "/c/memory/x/tasks", "/c/unified/x"]);
  expect(join.enter.filter(({ name }) => name === "writeFd").length).toBe(2);
  expect(join.into).toBeDefined();
  expect(planCgroupJoin({}, { registers, arch: "x86_64" })).toEqual({ before: [], enter: [] });
});
