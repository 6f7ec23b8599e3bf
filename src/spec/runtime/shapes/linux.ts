// `linux` (config-linux.md), less its larger parts, which have files of their own.
import { array, boolean, int64, integer, object, oneOf, optional, record, refined, type Shape, string, where } from "../../json/shape.ts";
import type { Device, IntelRdt, Linux, Namespace } from "../config.ts";
import {
  DEVICE_TYPES,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  NAMESPACE_TYPES,
  OFFSET_CLOCKS,
  PERSONALITY_DOMAINS,
  ROOTFS_PROPAGATIONS,
} from "../names.ts";
import { sysctlFault } from "../sysctl.ts";
import { absolutePath, id, idMappings, interfaceNameFault, major, minor, rangeList, refuseRepeats } from "./common.ts";
import { resourcesShape } from "./resources.ts";
import { seccompShape } from "./seccomp.ts";

const namespaces = refined(array(object<Namespace>({ type: oneOf(NAMESPACE_TYPES), path: optional(absolutePath) })), refuseRepeats);

const device = refined(
  object<Device>({
    type: oneOf(DEVICE_TYPES),
    path: absolutePath,
    major: optional(major),
    minor: optional(minor),
    // Permissions, the set-id and sticky bits, and the S_IFMT bits that some callers leave in st_mode.
    fileMode: optional(integer(0, 0o177_777)),
    uid: optional(id),
    gid: optional(id),
  }),
  (value, trail) => {
    if (value.type === "p") return;
    for (const field of ["major", "minor"] as const) {
      if (value[field] === undefined) trail.refuse(`is required for a device of type ${value.type}`, field);
    }
  },
);

const cgroupsPath = where(string, (path) => !path.split("/").includes(".."), "must not lead upwards by ..");

const netDevice = refined(object<{ readonly name?: string }>({ name: optional(string) }), ({ name }, trail) => {
  const fault = name ? interfaceNameFault(name) : undefined;
  if (fault) trail.refuse(fault, "name");
});

const offset = object<{ readonly secs?: number | bigint; readonly nanosecs?: number }>({
  secs: optional(int64),
  nanosecs: optional(integer(0, 999_999_999)),
});

const clockFault = (name: string) =>
  OFFSET_CLOCKS.some((clock) => clock === name) ? undefined : `is not a clock of a time namespace: ${OFFSET_CLOCKS.join(", ")}`;

/** A directory of resctrl, by its one name; `/` is the default class. */
const closId = where(
  string,
  (name) => name === "/" || (name !== "." && name !== ".." && !/[/\n]/.test(name)),
  "must be / or a name without / and newline",
);

const oneLine = where(string, (line) => !line.includes("\n"), "must not hold a newline");

const intelRdt = object<IntelRdt>({
  closID: optional(closId),
  schemata: optional(array(oneLine)),
  l3CacheSchema: optional(oneLine),
  memBwSchema: optional(where(oneLine, (schema) => schema.startsWith("MB:"), "must start with MB:")),
  enableMonitoring: optional(boolean),
});

const personality = object<NonNullable<Linux["personality"]>>({
  domain: oneOf(PERSONALITY_DOMAINS),
  flags: optional(where(array(string), (flags) => flags.length === 0, "must be empty: no flag is supported")),
});

/** set_mempolicy(2): modes that take no nodes, and modes that need some. */
const WITHOUT_NODES: readonly string[] = ["MPOL_DEFAULT", "MPOL_LOCAL"];
const MAY_LACK_NODES: readonly string[] = [...WITHOUT_NODES, "MPOL_PREFERRED"];

const memoryPolicy = refined(
  object<NonNullable<Linux["memoryPolicy"]>>({
    mode: oneOf(MEMORY_POLICY_MODES),
    nodes: optional(rangeList),
    flags: optional(array(oneOf(MEMORY_POLICY_FLAGS))),
  }),
  ({ mode, nodes = "" }, trail) => {
    if (nodes !== "" && WITHOUT_NODES.includes(mode)) trail.refuse(`must be empty for ${mode}`, "nodes");
    if (nodes === "" && !MAY_LACK_NODES.includes(mode)) trail.refuse(`is required for ${mode}`, "nodes");
  },
);

export const linuxShape: Shape<Linux> = object<Linux>({
  namespaces: optional(namespaces),
  uidMappings: optional(idMappings),
  gidMappings: optional(idMappings),
  timeOffsets: optional(record(offset, clockFault)),
  devices: optional(array(device)),
  netDevices: optional(record(netDevice, interfaceNameFault)),
  cgroupsPath: optional(cgroupsPath),
  resources: optional(resourcesShape),
  rootfsPropagation: optional(oneOf(ROOTFS_PROPAGATIONS)),
  seccomp: optional(seccompShape),
  sysctl: optional(record(string, sysctlFault)),
  maskedPaths: optional(array(absolutePath)),
  readonlyPaths: optional(array(absolutePath)),
  mountLabel: optional(string),
  personality: optional(personality),
  intelRdt: optional(intelRdt),
  memoryPolicy: optional(memoryPolicy),
});
