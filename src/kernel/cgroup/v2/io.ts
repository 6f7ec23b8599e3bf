// linux.resources.blockIO on cgroup v2 (config-linux.md "Block IO"; kernel cgroup-v2.rst "IO").
import { asked, type CgroupWrite, type ControllerWrites } from "../write.ts";

const FIELD = "linux.resources.blockIO";

const THROTTLES = [
  { field: "throttleReadBpsDevice", key: "rbps" },
  { field: "throttleWriteBpsDevice", key: "wbps" },
  { field: "throttleReadIOPSDevice", key: "riops" },
  { field: "throttleWriteIOPSDevice", key: "wiops" },
] as const;

/** Weights go to BFQ where it is there, as they are, else to io.weight (iocost) on that file's scale. */
export const io: ControllerWrites = ({ blockIO }, refuse) => {
  const writes: CgroupWrite[] = [];
  if (blockIO === undefined) return writes;
  const weigh = (field: string, prefix: string, weight: number) => {
    const from = `${FIELD}.${field}`;
    writes.push({ controller: "io", file: "io.bfq.weight", data: `${prefix}${weight}`, from, tolerate: ["ENOENT"] });
    writes.push({ controller: "io", file: "io.weight", data: `${prefix}${ioWeight(weight)}`, from, fallback: true });
  };
  const refuseLeaf = (field: string) => refuse("unsupported", `${FIELD}.${field}`, "cgroup v2 has no leaf weights");

  if (asked(blockIO.weight)) weigh("weight", "", blockIO.weight);
  if (asked(blockIO.leafWeight)) refuseLeaf("leafWeight");
  for (const [index, { major, minor, weight, leafWeight }] of (blockIO.weightDevice ?? []).entries()) {
    if (asked(weight)) weigh(`weightDevice[${index}]`, `${major}:${minor} `, weight);
    if (asked(leafWeight)) refuseLeaf(`weightDevice[${index}].leafWeight`);
  }
  for (const { field, key } of THROTTLES) {
    for (const [index, { major, minor, rate }] of (blockIO[field] ?? []).entries()) {
      const data = `${major}:${minor} ${key}=${asked(rate) ? rate : "max"}`; // v1's 0 lifts the limit
      writes.push({ controller: "io", file: "io.max", data, from: `${FIELD}.${field}[${index}]` });
    }
  }
  return writes;
};

/** io.weight (1 to 10000) for a blkio weight (10 to 1000), linearly. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((Math.max(weight, 10) - 10) * 9999) / 990);
}
