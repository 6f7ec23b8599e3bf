// No document, however wrong, gets anything out of the parser but a configuration or an InvalidInputError that names the place:
// a large configuration with each value in it, in turn, replaced by each kind of JSON value.
import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { fieldPath, type Step } from "../json/trail.ts";
import { defaultConfig } from "./default.ts";
import { parseConfig } from "./parse.ts";

const LARGE = {
  ...defaultConfig({ rootless: false, uid: 0, gid: 0 }),
  hostname: "h",
  domainname: "d",
  annotations: { "a.b": "c" },
  hooks: { prestart: [{ path: "/bin/true", args: ["true"], env: ["A=b"], timeout: 1 }] },
  process: {
    cwd: "/",
    args: ["sh"],
    env: ["A=b"],
    consoleSize: { height: 1, width: 1 },
    rlimits: [{ type: "RLIMIT_CPU", soft: 1, hard: 2 }],
    capabilities: { bounding: ["CAP_KILL"], ambient: [] },
    oomScoreAdj: 1,
    scheduler: { policy: "SCHED_FIFO", priority: 1, flags: ["SCHED_FLAG_RECLAIM"] },
    ioPriority: { class: "IOPRIO_CLASS_BE", priority: 1 },
    execCPUAffinity: { initial: "0" },
    user: { uid: 1, gid: 1, umask: 1, additionalGids: [1] },
  },
  linux: {
    namespaces: ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"].map((type) => ({ type })),
    uidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
    timeOffsets: { monotonic: { secs: 1, nanosecs: 1 } },
    devices: [{ path: "/dev/x", type: "c", major: 1, minor: 1, fileMode: 1, uid: 1, gid: 1 }],
    netDevices: { eth0: { name: "eth1" } },
    cgroupsPath: "/a",
    resources: {
      devices: [{ allow: true, type: "c", major: 1, minor: 1, access: "r" }],
      memory: { limit: 1, swappiness: 1, useHierarchy: true },
      cpu: { quota: 2, burst: 1, cpus: "0" },
      pids: { limit: 1 },
      blockIO: { weight: 10, weightDevice: [{ major: 1, minor: 1, weight: 10 }], throttleReadBpsDevice: [{ major: 1, minor: 1, rate: 1 }] },
      hugepageLimits: [{ pageSize: "2MB", limit: 1 }],
      network: { classID: 1, priorities: [{ name: "eth0", priority: 1 }] },
      rdma: { mlx: { hcaHandles: 1 } },
      unified: { "memory.max": "1" },
    },
    rootfsPropagation: "slave",
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      listenerPath: "/s",
      listenerMetadata: "m",
      syscalls: [{ names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 1, args: [{ index: 0, value: 0, valueTwo: 0, op: "SCMP_CMP_EQ" }] }],
    },
    sysctl: { "net.a": "1" },
    maskedPaths: ["/a"],
    readonlyPaths: ["/b"],
    mountLabel: "l",
    personality: { domain: "LINUX", flags: [] },
    intelRdt: { closID: "a", schemata: ["L3:0=f"] },
    memoryPolicy: { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] },
  },
};

/** One of each kind of JSON value, and of what is awkward among them. */
const HOSTILE = [
  "null",
  "true",
  "-1",
  "1.5",
  "1e999",
  "18446744073709551616",
  '""',
  '"\\u0000"',
  '"a\\nb"',
  "[]",
  "[null]",
  "[[]]",
  "{}",
  '{"__proto__":{}}',
  '{"":1}',
];

/** The way to every value of a document. */
function* ways(value: unknown, way: Step[] = []): Generator<Step[]> {
  yield way;
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* ways(item, [...way, index]);
  else if (typeof value === "object" && value !== null) for (const [name, item] of Object.entries(value)) yield* ways(item, [...way, name]);
}

/** The document with the value at `way` replaced by JSON text. */
function replaced(value: unknown, way: readonly Step[], text: string): string {
  const [step, ...rest] = way;
  if (step === undefined) return text;
  if (Array.isArray(value)) return `[${value.map((item, index) => (index === step ? replaced(item, rest, text) : JSON.stringify(item)))}]`;
  const fields = Object.entries(Object(value)).map(([name, item]) => {
    return `${JSON.stringify(name)}:${name === step ? replaced(item, rest, text) : JSON.stringify(item)}`;
  });
  return `{${fields}}`;
}

describe("a configuration with one hostile value", () => {
  test("is sound before the value is put in", () => expect(parseConfig(JSON.stringify(LARGE)).warnings).toEqual([]));

  for (const text of HOSTILE) {
    test(`${text} is taken, or refused at that place or for the lack of what was there`, () => {
      let refused = 0;
      for (const way of ways(LARGE)) {
        try {
          parseConfig(replaced(LARGE, way, text));
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw new Error(`${text} at ${fieldPath(way)} escaped`, { cause: error });
          expect(error.problems.length).toBeGreaterThan(0);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(0);
    });
  }

  test("of the wrong kind is named itself, and nothing else is", () => {
    for (const way of ways(LARGE)) {
      // No field takes an array of arrays; what is inside of an array is named by its index.
      const field = fieldPath(way);
      let fields: readonly string[] = [];
      try {
        parseConfig(replaced(LARGE, way, "[[]]"));
      } catch (error) {
        if (error instanceof InvalidInputError) fields = error.problems.map((problem) => problem.field);
      }
      expect({ field, fields: fields.filter((at) => at !== field && at !== `${field}[0]`), found: fields.length }).toEqual({
        field,
        fields: [],
        found: 1,
      });
    }
  });
});

describe("a configuration with very many mistakes", () => {
  const mounts = (count: number, mount: unknown) => Array.from({ length: count }, () => mount);
  const config = (list: readonly unknown[]) => JSON.stringify({ ociVersion: "1.3.0", root: { path: "/" }, mounts: list });

  test("is refused for a mistake that comes after more warnings than are kept", () => {
    expect(() => parseConfig(config([...mounts(200, { destination: "relative" }), { destination: "" }]))).toThrow(InvalidInputError);
  });

  test("is refused, not stumbled over, where the mistakes come after more problems than are kept", () => {
    expect(() => parseConfig(config([...mounts(200, { destination: "" }), {}, { destination: 1, uidMappings: [{}] }]))).toThrow(
      InvalidInputError,
    );
  });

  test("keeps no more than a hundred warnings", () => {
    expect(parseConfig(config(mounts(200, { destination: "relative" }))).warnings).toHaveLength(100);
  });
});
