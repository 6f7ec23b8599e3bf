// linux.resources.blockIO on cgroup v1 (config-linux.md "Block IO"; kernel cgroup-v1/blkio-controller.rst).
import { asked, type CgroupWrite, type ControllerWrites } from "../write.ts";

const FIELD = "linux.resources.blockIO";

const THROTTLES = [
  { field: "throttleReadBpsDevice", file: "blkio.throttle.read_bps_device" },
  { field: "throttleWriteBpsDevice", file: "blkio.throttle.write_bps_device" },
  { field: "throttleReadIOPSDevice", file: "blkio.throttle.read_iops_device" },
  { field: "throttleWriteIOPSDevice", file: "blkio.throttle.write_iops_device" },
] as const;

/** Weights are BFQ's: CFQ, with its blkio.weight and leaf weights, left the kernel in 5.0. */
export const blkio: ControllerWrites = ({ blockIO }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (blockIO === undefined) return writes;
  const write = (field: string, file: string, data: string) => writes.push({ controller: "blkio", file, data, from: `${FIELD}.${field}` });
  const refuseLeaf = (field: string) =>
    refuse("unsupported", `${FIELD}.${field}`, "leaf weights went away with the CFQ scheduler in kernel 5.0");

  if (asked(blockIO.weight)) write("weight", "blkio.bfq.weight", String(blockIO.weight));
  if (asked(blockIO.leafWeight)) refuseLeaf("leafWeight");
  for (const [index, { major, minor, weight, leafWeight }] of (blockIO.weightDevice ?? []).entries()) {
    if (asked(weight)) write(`weightDevice[${index}]`, "blkio.bfq.weight_device", `${major}:${minor} ${weight}`);
    if (asked(leafWeight)) refuseLeaf(`weightDevice[${index}].leafWeight`);
  }
  for (const { field, file } of THROTTLES) {
    for (const [index, { major, minor, rate }] of (blockIO[field] ?? []).entries())
      write(`${field}[${index}]`, file, `${major}:${minor} ${rate}`);
  }
  return writes;
};
