// `linux.resources` (config-linux.md, "Control groups"): also what `update --resources` reads.
import {
  array,
  boolean,
  int64,
  integer,
  object,
  oneOf,
  optional,
  record,
  refined,
  type Shape,
  string,
  uint32,
  uint64,
  where,
} from "../../json/shape.ts";
import type { BlockIoResources, CpuResources, DeviceRule, MemoryResources, Resources, ThrottleDevice } from "../config.ts";
import { interfaceNameFault, major, minor, nonEmpty, rangeList } from "./common.ts";

/** -1 in a rule stands for all, as in the callers of runc; so does a field left out. */
const majorOrAll = integer(-1, 0xfff);
const minorOrAll = integer(-1, 0xf_ffff);

const deviceRule = object<DeviceRule>({
  allow: boolean,
  type: optional(oneOf(["a", "c", "b", ""])),
  major: optional(majorOrAll),
  minor: optional(minorOrAll),
  access: optional(where(string, (access) => /^[rwm]*$/.test(access), "must be made of the letters r, w and m")),
});

/** Bytes; -1 is no limit. */
const memory = object<MemoryResources>({
  limit: optional(int64),
  reservation: optional(int64),
  swap: optional(int64),
  kernel: optional(int64),
  kernelTCP: optional(int64),
  swappiness: optional(integer(0, 100)),
  disableOOMKiller: optional(boolean),
  useHierarchy: optional(boolean),
  checkBeforeUpdate: optional(boolean),
});

const cpu = refined(
  object<CpuResources>({
    shares: optional(uint64),
    quota: optional(int64),
    burst: optional(uint64),
    period: optional(uint64),
    realtimeRuntime: optional(int64),
    realtimePeriod: optional(uint64),
    cpus: optional(rangeList),
    mems: optional(rangeList),
    idle: optional(int64),
  }),
  ({ quota = -1, burst = 0 }, trail) => {
    if (quota > 0 && burst > quota) trail.refuse(`${burst} is above the quota, ${quota}`, "burst");
  },
);

/** 10 to 1000 on v1 and, converted, on v2; below 10 for BFQ; 0 is not set. */
const weight = integer(0, 1000);

const throttles = optional(array(object<ThrottleDevice>({ major, minor, rate: uint64 })));

const blockIO = object<BlockIoResources>({
  weight: optional(weight),
  leafWeight: optional(weight),
  weightDevice: optional(
    array(
      refined(
        object<NonNullable<BlockIoResources["weightDevice"]>[number]>({
          major,
          minor,
          weight: optional(weight),
          leafWeight: optional(weight),
        }),
        (device, trail) => {
          if (device.weight === undefined && device.leafWeight === undefined) trail.refuse("must have weight or leafWeight");
        },
      ),
    ),
  ),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
});

const pageSize = where(string, (size) => /^[1-9]\d*[KMG]B$/.test(size), "must have the form of 64KB, 2MB, 1GB");

const interfaceName = refined(string, (name, trail) => {
  const fault = interfaceNameFault(name);
  if (fault) trail.refuse(fault);
});

const rdma = refined(
  object<{ readonly hcaHandles?: number; readonly hcaObjects?: number }>({ hcaHandles: optional(uint32), hcaObjects: optional(uint32) }),
  (device, trail) => {
    if (device.hcaHandles === undefined && device.hcaObjects === undefined) trail.refuse("must have hcaHandles or hcaObjects");
  },
);

/** A name of `unified` is a file of the container's own cgroup directory, and must not lead out of it. */
function cgroupFileFault(name: string): string | undefined {
  return /^\w[\w.-]*$/.test(name) ? undefined : "is not the name of a cgroup file";
}

export const resourcesShape: Shape<Resources> = object<Resources>({
  devices: optional(array(deviceRule)),
  memory: optional(memory),
  cpu: optional(cpu),
  pids: optional(object<NonNullable<Resources["pids"]>>({ limit: optional(int64) })),
  blockIO: optional(blockIO),
  hugepageLimits: optional(array(object<NonNullable<Resources["hugepageLimits"]>[number]>({ pageSize, limit: uint64 }))),
  network: optional(
    object<NonNullable<Resources["network"]>>({
      classID: optional(uint32),
      priorities: optional(array(object<{ readonly name: string; readonly priority: number }>({ name: interfaceName, priority: uint32 }))),
    }),
  ),
  rdma: optional(record(rdma, (name) => (/^\S+$/.test(name) ? undefined : "is not the name of an RDMA device"))),
  unified: optional(record(nonEmpty, cgroupFileFault)),
});
