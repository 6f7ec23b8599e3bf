import { parseResources } from "../parse.ts";
import { type Json, problemsOf, problemTable } from "../problems.suite.ts";

const inResources = (change: Json) => problemsOf(() => parseResources(JSON.stringify(change)));

// biome-ignore format: table
problemTable("resources", inResources, [
  {
    name: "takes what is right",
    given: {
      memory: { limit: -1 },
      cpu: { shares: 1024, quota: 1000, burst: 1000, cpus: "0-3,7" },
      pids: { limit: 0 },
      unified: { "io.max": "8:0 rbps=1\n8:16 rbps=2" },
    },
    want: [],
  },
  { name: "refuses a device rule without allow", given: { devices: [{ access: "rwm" }] }, want: ["devices[0].allow: is required"] },
  {
    name: "refuses unknown types and accesses",
    given: { devices: [{ allow: true, type: "p", access: "rx" }] },
    want: ['devices[0].type: "p" is not one of a, c, b, ', "devices[0].access: must be made of the letters r, w and m"],
  },
  { name: "takes -1 as all devices", given: { devices: [{ allow: true, major: -1, minor: -1 }] }, want: [] },
  { name: "refuses a swappiness above 100", given: { memory: { swappiness: 101 } }, want: ["memory.swappiness: 101 is not from 0 to 100"] },
  {
    name: "refuses a burst above the quota",
    given: { cpu: { quota: 1000, burst: 1001 } },
    want: ["cpu.burst: 1001 is above the quota, 1000"],
  },
  { name: "takes any burst without a quota", given: { cpu: { quota: -1, burst: 1001 } }, want: [] },
  { name: "refuses a CPU list that is none", given: { cpu: { cpus: "0;1" } }, want: ["cpu.cpus: must be a list such as 0-3,7"] },
  {
    name: "refuses weights that no kernel takes",
    given: { blockIO: { weight: 1001, leafWeight: -1 } },
    want: ["blockIO.weight: 1001 is not from 0 to 1000", "blockIO.leafWeight: -1 is not from 0 to 1000"],
  },
  {
    name: "needs a weight for a device",
    given: { blockIO: { weightDevice: [{ major: 8, minor: 0 }] } },
    want: ["blockIO.weightDevice[0]: must have weight or leafWeight"],
  },
  {
    name: "needs a rate for a device",
    given: { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0 }] } },
    want: ["blockIO.throttleReadBpsDevice[0].rate: is required"],
  },
  {
    name: "refuses a huge page size of another form",
    given: { hugepageLimits: [{ pageSize: "64kB", limit: 1 }] },
    want: ["hugepageLimits[0].pageSize: must have the form of 64KB, 2MB, 1GB"],
  },
  {
    name: "refuses a priority for what is no interface",
    given: { network: { priorities: [{ name: "a b", priority: 1 }] } },
    want: ["network.priorities[0].name: is not a name that a network interface can have"],
  },
  {
    name: "needs something to limit of an RDMA device",
    given: { rdma: { mlx5_1: {} } },
    want: ["rdma.mlx5_1: must have hcaHandles or hcaObjects"],
  },
  {
    name: "refuses an RDMA device whose name would make two words",
    given: { rdma: { "a b": { hcaHandles: 1 } } },
    want: ['rdma["a b"]: is not the name of an RDMA device'],
  },
  {
    name: "refuses a unified key that leaves the cgroup",
    given: { unified: { "../memory.max": "1", "a/b": "1", "..": "1" } },
    want: [
      'unified["../memory.max"]: is not the name of a cgroup file',
      'unified["a/b"]: is not the name of a cgroup file',
      'unified[".."]: is not the name of a cgroup file',
    ],
  },
]);
