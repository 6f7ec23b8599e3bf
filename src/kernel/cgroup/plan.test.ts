import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { Resources } from "../../spec/runtime/config.ts";
import { explainPlan } from "../plan/explain.ts";
import { Registers } from "../plan/plan.ts";
import { CGROUPS, hostFacts } from "./facts.fixture.ts";
import { planCgroup } from "./plan.ts";
import type { CgroupRequest } from "./request.ts";

const MEMORY_PIDS_CPU: Resources = {
  memory: { limit: 64 << 20, swap: 128 << 20, reservation: 32 << 20 },
  pids: { limit: 100 },
  cpu: { shares: 512, quota: 50000, period: 100000 },
};

/** A plan as the text that `--explain` prints, the process's own ops as its section. */
function golden(request: CgroupRequest): string {
  const registers = new Registers();
  const plan = planCgroup(request, registers);
  const sections = [
    { name: "host" as const, ops: plan.before },
    { name: "child" as const, ops: plan.enter },
  ];
  const into = plan.into === undefined ? "" : `into: ${registers.names[plan.into]}\n`;
  const paths = Object.entries(plan.paths).map(([controller, path]) => `${controller}: ${path}\n`);
  return explainPlan({ sections, registers: registers.names }) + into + paths.join("");
}

function request(facts: CgroupRequest["facts"], more: Partial<CgroupRequest> = {}): CgroupRequest {
  return { id: "web", path: undefined, resources: MEMORY_PIDS_CPU, facts, ...more };
}

const EVERYTHING: Resources = {
  memory: { limit: -1, reservation: 1 << 20, kernelTCP: 4096, swappiness: 10, disableOOMKiller: true },
  cpu: { quota: 20000, burst: 1000, idle: 1, shares: 2, realtimePeriod: 1000000, realtimeRuntime: 950000, cpus: "0-1", mems: "0" },
  pids: { limit: 0 },
  blockIO: {
    weight: 500,
    weightDevice: [{ major: 8, minor: 0, weight: 100 }],
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1048576 }],
    throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 0 }],
    throttleReadIOPSDevice: [{ major: 8, minor: 16, rate: 10 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 20 }],
  },
};
const EVERYTHING_V2: Resources = {
  ...EVERYTHING,
  memory: { limit: 1 << 20, swap: 1 << 20, reservation: -1 },
  cpu: { quota: -1, period: 50000, burst: 0, idle: 0, shares: 1024, cpus: "0-1", mems: "0" },
  hugepageLimits: [{ pageSize: "2MB", limit: 4 << 20 }],
  rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 } },
  unified: { "memory.high": "1048576", "io.max": "259:0 rbps=2097152 wiops=120\n253:0 rbps=2097152" },
};

const GOLDENS: readonly { name: string; request: CgroupRequest }[] = [
  { name: "v1", request: request(hostFacts(CGROUPS.v1)) },
  { name: "v1-everything", request: request(hostFacts(CGROUPS.v1), { resources: EVERYTHING, path: "/a/../../b" }) },
  { name: "v2", request: request(hostFacts(CGROUPS.v2)) },
  { name: "v2-everything", request: request(hostFacts(CGROUPS.v2), { resources: EVERYTHING_V2, path: "relative/../web" }) },
  {
    name: "v2-owner",
    request: request(hostFacts(CGROUPS.v2), {
      resources: { devices: [{ allow: true, type: "a", access: "rwm" }] },
      path: "/pods/web",
      owner: { uid: 100000, files: ["cgroup.procs", "memory.oom.group"] },
    }),
  },
  {
    name: "hybrid",
    request: request(hostFacts(CGROUPS.hybrid), { resources: { hugepageLimits: [{ pageSize: "2MB", limit: 0 }], pids: { limit: -1 } } }),
  },
  { name: "rootless-delegated", request: request(hostFacts(CGROUPS.delegated, { rootless: true })) },
  { name: "rootless-undelegated", request: request(hostFacts(CGROUPS.undelegated, { rootless: true }), { resources: undefined }) },
  { name: "none", request: request(hostFacts(CGROUPS.none), { resources: { devices: [{ allow: false, access: "rwm" }] } }) },
];

describe("a cgroup plan", () => {
  for (const { name, request } of GOLDENS) {
    test(`${name} is as recorded in testdata/${name}.txt (UPDATE_GOLDENS=1 records anew)`, () => {
      const file = new URL(`testdata/${name}.txt`, import.meta.url).pathname;
      const text = golden(request);
      if (process.env.UPDATE_GOLDENS === "1") writeFileSync(file, text);
      expect(text).toBe(readFileSync(file, "utf8"));
    });
  }
});

describe("a cgroup plan refuses", () => {
  const root = (name: "v1" | "v2" | "none" | "hybrid") => hostFacts(CGROUPS[name]);
  const rows: readonly { name: string; facts: CgroupRequest["facts"]; path?: string; resources: Resources; message: string }[] = [
    {
      name: "a limit on a host without cgroups",
      facts: root("none"),
      resources: { memory: { limit: 1 } },
      message: "set cgroup limits: linux.resources.memory.limit: the memory controller is not mounted on this host",
    },
    {
      name: "a limit that nobody delegated to this user",
      facts: hostFacts(CGROUPS.undelegated, { rootless: true }),
      resources: { pids: { limit: 5 } },
      message: "set cgroup limits: linux.resources.pids.limit: the pids controller is out of reach: this caller may not make cgroups",
    },
    {
      name: "two missing controllers at once",
      facts: root("v1"),
      resources: { hugepageLimits: [{ pageSize: "2MB", limit: 1 }], network: { classID: 1 } },
      message:
        "set cgroup limits: linux.resources.hugepageLimits[0]: the hugetlb controller is not available on this host; linux.resources.network.classID: the net_cls controller is not available on this host",
    },
    {
      name: "unified values on cgroup v1",
      facts: root("v1"),
      resources: { unified: { "memory.high": "1" } },
      message: "set cgroup limits: linux.resources.unified.memory.high: the memory controller is not available on this host",
    },
    {
      name: "a unified key with a slash",
      facts: root("v2"),
      resources: { unified: { "../memory.high": "1" } },
      message:
        "the cgroup configuration is not valid: linux.resources.unified.../memory.high: must be the name of a file such as memory.high, with no slash",
    },
    {
      name: "v1's swappiness on v2",
      facts: root("v2"),
      resources: { memory: { swappiness: 60 } },
      message: "set cgroup limits: linux.resources.memory.swappiness: cgroup v2 has no swappiness of a cgroup",
    },
    {
      name: "less memory and swap than memory",
      facts: root("v2"),
      resources: { memory: { limit: 10, swap: 5 } },
      message:
        "the cgroup configuration is not valid: linux.resources.memory.swap: is memory and swap together, so it needs a limit that it is not less than",
    },
    {
      name: "a page size that would climb out of the directory",
      facts: root("hybrid"),
      resources: { hugepageLimits: [{ pageSize: "../2MB", limit: 1 }] },
      message: 'the cgroup configuration is not valid: linux.resources.hugepageLimits[0].pageSize: "../2MB" is not a size such as 2MB',
    },
    {
      name: "the root of the hierarchy as the container's cgroup",
      facts: root("v1"),
      path: "/a/../..",
      resources: {},
      message: "linux.cgroupsPath: must name a cgroup below the root",
    },
  ];
  for (const { name, facts, path, resources, message } of rows) {
    test(name, () => {
      expect(() => planCgroup(request(facts, { path, resources }), new Registers())).toThrow(new Error(message));
    });
  }
});
