import { expect, test } from "bun:test";
import { ALL_BUT_USER, inConfig, inLinux, problemTable } from "../problems.suite.ts";

// biome-ignore format: table
problemTable("linux", inLinux, [
  {
    name: "refuses a namespace type given twice",
    given: { namespaces: [{ type: "pid" }, { type: "pid", path: "/proc/1/ns/pid" }] },
    want: ["linux.namespaces[1].type: pid was already given by entry 0"],
  },
  {
    name: "refuses an unknown namespace type",
    given: { namespaces: [{ type: "net" }] },
    want: ['linux.namespaces[0].type: "net" is not one of mount, pid, network, uts, ipc, user, cgroup, time'],
  },
  {
    name: "needs an absolute namespace path",
    given: { namespaces: [{ type: "network", path: "netns/a" }] },
    want: ["linux.namespaces[0].path: must be an absolute path"],
  },
  {
    name: "refuses masked and read-only paths without a mount namespace",
    given: { namespaces: [], maskedPaths: ["/a"], readonlyPaths: ["/b"] },
    want: [
      "linux.maskedPaths: needs a mount namespace of the container's own",
      "linux.readonlyPaths: needs a mount namespace of the container's own",
    ],
  },
  {
    name: "needs absolute masked and read-only paths",
    given: { maskedPaths: ["a"], readonlyPaths: ["b"] },
    want: ["linux.maskedPaths[0]: must be an absolute path", "linux.readonlyPaths[0]: must be an absolute path"],
  },
  {
    name: "refuses an unknown propagation",
    given: { rootfsPropagation: "sideways" },
    want: [expect.stringMatching(/^linux\.rootfsPropagation: "sideways" is not one of shared, slave,/)],
  },
  { name: "takes the recursive propagations that dockerd writes", given: { rootfsPropagation: "rslave" }, want: [] },
  {
    name: "refuses a cgroup path that leads upwards",
    given: { cgroupsPath: "/a/../../b" },
    want: ["linux.cgroupsPath: must not lead upwards by .."],
  },
  { name: "takes a cgroup path of systemd's form", given: { cgroupsPath: "system.slice:teu:a..b" }, want: [] },
  {
    name: "refuses flags of a personality",
    given: { personality: { domain: "LINUX32", flags: ["X"] } },
    want: ["linux.personality.flags: must be empty: no flag is supported"],
  },
  {
    name: "refuses an unknown personality",
    given: { personality: { domain: "BSD" } },
    want: ['linux.personality.domain: "BSD" is not one of LINUX, LINUX32'],
  },
  {
    name: "refuses nodes for a memory policy without",
    given: { memoryPolicy: { mode: "MPOL_LOCAL", nodes: "0" } },
    want: ["linux.memoryPolicy.nodes: must be empty for MPOL_LOCAL"],
  },
  {
    name: "needs nodes for a memory policy with",
    given: { memoryPolicy: { mode: "MPOL_BIND" } },
    want: ["linux.memoryPolicy.nodes: is required for MPOL_BIND"],
  },
  {
    name: "refuses a class of service that leads elsewhere",
    given: { intelRdt: { closID: "../a" } },
    want: ["linux.intelRdt.closID: must be / or a name without / and newline"],
  },
  { name: "takes the default class of service", given: { intelRdt: { closID: "/", schemata: ["L3:0=f"] } }, want: [] },
  {
    name: "refuses schemata of several lines",
    given: { intelRdt: { schemata: ["L3:0=f\nMB:0=1"], memBwSchema: "L3:0=1" } },
    want: ["linux.intelRdt.schemata[0]: must not hold a newline", "linux.intelRdt.memBwSchema: must start with MB:"],
  },
  {
    name: "refuses a network device name that no interface can have",
    given: { netDevices: { "a/b": {}, eth0: { name: "sixteen-bytes-16" } } },
    want: [
      'linux.netDevices["a/b"]: is not a name that a network interface can have',
      "linux.netDevices.eth0.name: must be 1 to 15 bytes long",
    ],
  },
  { name: "takes the kernel's template for a name", given: { netDevices: { eth0: { name: "ct%d" } } }, want: [] },
  {
    name: "refuses network devices without a network namespace",
    given: { namespaces: [], netDevices: { eth0: {} } },
    want: ["linux.netDevices: needs a network namespace of the container's own"],
  },
  {
    name: "refuses an unknown clock",
    given: { timeOffsets: { realtime: { secs: 1 } } },
    want: ["linux.timeOffsets.realtime: is not a clock of a time namespace: monotonic, boottime"],
  },
  {
    name: "refuses a second's worth of nanoseconds",
    given: { timeOffsets: { monotonic: { secs: -1, nanosecs: 1e9 } } },
    want: ["linux.timeOffsets.monotonic.nanosecs: 1000000000 is not from 0 to 999999999"],
  },
  {
    name: "refuses offsets without a time namespace",
    given: { namespaces: [], timeOffsets: { boottime: { secs: 1 } } },
    want: ["linux.timeOffsets: needs a time namespace of the container's own"],
  },
  {
    name: "refuses offsets for a time namespace that is joined",
    given: { namespaces: [{ type: "time", path: "/t" }], timeOffsets: { boottime: { secs: 1 } } },
    want: ["linux.timeOffsets: cannot be set for a time namespace that is joined by path"],
  },
]);

const device = { path: "/dev/x", type: "c", major: 1, minor: 3 };
// biome-ignore format: table
problemTable("devices", (given) => inLinux({ devices: [{ ...device, ...given }] }), [
  { name: "take what is right", given: { fileMode: 0o666, uid: 0, gid: 5 }, want: [] },
  { name: "refuse an unknown type", given: { type: "x" }, want: ['linux.devices[0].type: "x" is not one of c, b, u, p'] },
  { name: "need an absolute path", given: { path: "dev/x" }, want: ["linux.devices[0].path: must be an absolute path"] },
  {
    name: "need both numbers",
    given: { major: undefined, minor: undefined },
    want: ["linux.devices[0].major: is required for a device of type c", "linux.devices[0].minor: is required for a device of type c"],
  },
  { name: "need no numbers for a FIFO", given: { type: "p", major: undefined, minor: undefined }, want: [] },
  {
    name: "refuse numbers that dev_t cannot hold",
    given: { major: 4096, minor: 1048576 },
    want: ["linux.devices[0].major: 4096 is not from 0 to 4095", "linux.devices[0].minor: 1048576 is not from 0 to 1048575"],
  },
]);

const one = { containerID: 0, hostID: 1000, size: 1 };
const withUser = [...ALL_BUT_USER, { type: "user" }];
// biome-ignore format: table
problemTable("id mappings", (given) => inLinux({ namespaces: withUser, uidMappings: [one], gidMappings: [one], ...given }), [
  { name: "are taken for a user namespace", given: {}, want: [] },
  {
    name: "are refused without a user namespace",
    given: { namespaces: ALL_BUT_USER },
    want: [
      "linux.uidMappings: needs a user namespace of the container's own",
      "linux.gidMappings: needs a user namespace of the container's own",
    ],
  },
  {
    name: "are required for a new user namespace",
    given: { uidMappings: undefined, gidMappings: [] },
    want: ["linux.uidMappings: is required for a new user namespace", "linux.gidMappings: is required for a new user namespace"],
  },
  {
    name: "may be absent for a user namespace that is joined",
    given: { namespaces: [{ type: "user", path: "/u" }], uidMappings: undefined, gidMappings: undefined },
    want: [],
  },
  {
    name: "are not empty ranges",
    given: { uidMappings: [{ ...one, size: 0 }] },
    want: ["linux.uidMappings[0].size: must be greater than 0"],
  },
  {
    name: "stay below (uid_t)-1",
    given: { gidMappings: [{ containerID: 4294967294, hostID: 0, size: 2 }] },
    want: ["linux.gidMappings[0].size: reaches beyond the last id, 4294967294"],
  },
  {
    name: "do not overlap inside",
    given: {
      uidMappings: [
        { containerID: 0, hostID: 0, size: 10 },
        { containerID: 9, hostID: 100, size: 1 },
      ],
    },
    want: ["linux.uidMappings[1].containerID: overlaps with entry 0"],
  },
  {
    name: "do not overlap outside, in whatever order",
    given: {
      uidMappings: [
        { containerID: 50, hostID: 105, size: 10 },
        { containerID: 0, hostID: 100, size: 10 },
      ],
    },
    want: ["linux.uidMappings[0].hostID: overlaps with entry 1"],
  },
  {
    name: "are as many as one map file takes",
    given: { uidMappings: Array.from({ length: 340 }, (_, index) => ({ containerID: index, hostID: index, size: 1 })) },
    want: [],
  },
  {
    name: "are not more than one map file takes",
    given: { uidMappings: Array.from({ length: 341 }, (_, index) => ({ containerID: index, hostID: index, size: 1 })) },
    want: ["linux.uidMappings: has 341 entries, the kernel takes 340"],
  },
]);

// biome-ignore format: table
problemTable("sysctl", (given) => inLinux({ sysctl: given }), [
  {
    name: "takes what the container's namespaces hold",
    given: { "net.ipv4.ip_forward": "1", "kernel.shmmax": "1", "fs.mqueue.msg_max": "1", "kernel/msgmax": "1", "kernel.domainname": "x" },
    want: [],
  },
  {
    name: "refuses the host's parameters",
    given: { "vm.swappiness": "1", "kernel.core_pattern": "|/x" },
    want: [
      'linux.sysctl["vm.swappiness"]: is the host\'s: it belongs to no namespace',
      'linux.sysctl["kernel.core_pattern"]: is the host\'s: it belongs to no namespace',
    ],
  },
  {
    name: "refuses to leave /proc/sys",
    given: { "net/../kernel/core_pattern": "x", "net..a": "x" },
    want: [
      'linux.sysctl["net/../kernel/core_pattern"]: is not the name of a kernel parameter',
      'linux.sysctl["net..a"]: is not the name of a kernel parameter',
    ],
  },
  {
    name: "refuses user limits without a user namespace",
    given: { "user.max_user_namespaces": "1" },
    want: ['linux.sysctl["user.max_user_namespaces"]: needs a user namespace of the container\'s own'],
  },
  {
    name: "refuses the host name, which has a field",
    given: { "kernel.hostname": "x" },
    want: ['linux.sysctl["kernel.hostname"]: has a field of its own: hostname'],
  },
  {
    name: "refuses values that are no strings",
    given: { "net.core.somaxconn": 256 },
    want: ['linux.sysctl["net.core.somaxconn"]: must be a string, not a number'],
  },
]);

test("sysctl refuses network parameters without a network namespace", () => {
  expect(inConfig({ linux: { sysctl: { "net.ipv4.ip_forward": "1" } } })).toEqual([
    'linux.sysctl["net.ipv4.ip_forward"]: needs a network namespace of the container\'s own',
  ]);
});
