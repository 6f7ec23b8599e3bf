import { describe, expect, test } from "bun:test";
import { subCgroupPaths } from "./exec-cgroup.ts";

const V1 = { cpu: "/sys/fs/cgroup/cpu/c", cpuacct: "/sys/fs/cgroup/cpu/c", pids: "/sys/fs/cgroup/pids/c" };
const V2 = { unified: "/sys/fs/cgroup/c" };

describe("--cgroup", () => {
  // biome-ignore format: table
  const rows = [
    { name: "is where the container is when not given", paths: V1, asked: [], result: V1 },
    { name: "alone stands for all controllers", paths: V2, asked: ["sub"], result: { unified: "/sys/fs/cgroup/c/sub" } },
    { name: "may begin with a slash", paths: V2, asked: ["/sub/deep/"], result: { unified: "/sys/fs/cgroup/c/sub/deep" } },
    { name: "is the container's own as /", paths: V2, asked: ["/"], result: V2 },
    { name: "may name controllers", paths: V1, asked: ["cpu,cpuacct:a", "pids:b"], result: { cpu: "/sys/fs/cgroup/cpu/c/a", cpuacct: "/sys/fs/cgroup/cpu/c/a", pids: "/sys/fs/cgroup/pids/c/b" } },
    { name: "leaves controllers that it does not name", paths: V1, asked: ["pids:b"], result: { ...V1, pids: "/sys/fs/cgroup/pids/c/b" } },
  ];
  for (const { name, paths, asked, result } of rows) {
    test(name, () => expect(subCgroupPaths(paths, asked)).toEqual(result));
  }

  const refused = [
    { name: "a path that leads out", asked: [".."], text: "leads out" },
    { name: "a path to a neighbour whose name begins alike", asked: ["../c2"], text: "leads out" },
    { name: "a controller that is not there", asked: ["memory:x"], text: 'no cgroup of controller "memory"' },
    { name: "a controller twice", asked: ["cpu:x", "cpu:y"], text: "twice" },
    { name: "two paths for all", asked: ["x", "y"], text: "must name its controllers" },
    { name: "a third part", asked: ["cpu:x:y"], text: "[CONTROLLERS:]PATH" },
  ];
  for (const { name, asked, text } of refused) {
    test(`refuses ${name}`, () => expect(() => subCgroupPaths(V1, asked)).toThrow(text));
  }
});
