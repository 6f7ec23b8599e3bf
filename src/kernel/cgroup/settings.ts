// From the resources of a configuration to writes, controller by controller, each where this host has it: v1, v2, or,
// on a hybrid host, some here and some there. All that cannot be done is told at once, before anything is touched.
import { InvalidInputError, type Problem, TeuError } from "../../base/errors.ts";
import type { Resources } from "../../spec/runtime/config.ts";
import { cpuset } from "./cpuset.ts";
import { hugetlbWrites } from "./hugetlb.ts";
import { pids } from "./pids.ts";
import { rdma } from "./rdma.ts";
import { blkio } from "./v1/blkio.ts";
import { cpu as cpuV1 } from "./v1/cpu.ts";
import { memory as memoryV1 } from "./v1/memory.ts";
import { netCls, netPrio } from "./v1/network.ts";
import { cpu as cpuV2 } from "./v2/cpu.ts";
import { io } from "./v2/io.ts";
import { memory as memoryV2 } from "./v2/memory.ts";
import { unified } from "./v2/unified.ts";
import type { CgroupWrite, ControllerWrites, Refuse } from "./write.ts";

interface ControllerTable {
  /** The controller's name in each kind of hierarchy; absent where that kind has none. */
  readonly v1: string;
  readonly v2?: string;
  readonly writesV1: ControllerWrites;
  readonly writesV2?: ControllerWrites;
}

// In the order of the writes: what decides whether the process can be there at all comes first.
// biome-ignore format: table
const CONTROLLERS: readonly ControllerTable[] = [
  { v1: "cpuset", v2: "cpuset", writesV1: cpuset, writesV2: cpuset },
  { v1: "memory", v2: "memory", writesV1: memoryV1, writesV2: memoryV2 },
  { v1: "cpu", v2: "cpu", writesV1: cpuV1, writesV2: cpuV2 },
  { v1: "pids", v2: "pids", writesV1: pids, writesV2: pids },
  { v1: "blkio", v2: "io", writesV1: blkio, writesV2: io },
  { v1: "hugetlb", v2: "hugetlb", writesV1: hugetlbWrites(".limit_in_bytes"), writesV2: hugetlbWrites(".max") },
  { v1: "rdma", v2: "rdma", writesV1: rdma, writesV2: rdma },
  { v1: "net_cls", writesV1: netCls },
  { v1: "net_prio", writesV1: netPrio },
];

/** The controllers that a cgroup can have here, by hierarchy. */
export interface AvailableControllers {
  readonly v1: ReadonlySet<string>;
  readonly v2: ReadonlySet<string>;
  /** Why a controller may be missing, for the error: `is not mounted on this host`. */
  readonly why: string;
}

export interface CgroupSettings {
  readonly v1: readonly CgroupWrite[];
  readonly v2: readonly CgroupWrite[];
}

/**
 * The writes that the resources ask for (devices are not among them: device-rules.ts).
 * @throws InvalidInputError values that break the specification, all at once
 * @throws TeuError `unsupported` for fields whose controller, or whose like on cgroup v2, this host lacks
 */
export function cgroupSettings(resources: Resources | undefined, available: AvailableControllers): CgroupSettings {
  const v1: CgroupWrite[] = [];
  const v2: CgroupWrite[] = [];
  if (resources === undefined) return { v1, v2 };
  const invalid: Problem[] = [];
  const unsupported: string[] = [];
  const refuse: Refuse = (code, field, message) => {
    if (code === "invalid") invalid.push({ field, message });
    else unsupported.push(`${field}: ${message}`);
  };

  for (const table of CONTROLLERS) {
    if (available.v1.has(table.v1)) v1.push(...table.writesV1(resources, refuse));
    else if (table.v2 !== undefined && available.v2.has(table.v2)) v2.push(...(table.writesV2?.(resources, refuse) ?? []));
    else missing(table.writesV1(resources, refuse), available.why, refuse);
  }
  for (const write of unified(resources, refuse)) {
    if (write.controller === "cgroup" || available.v2.has(write.controller)) v2.push(write);
    else missing([write], available.why, refuse);
  }
  if (invalid.length > 0) throw new InvalidInputError("the cgroup configuration", invalid);
  if (unsupported.length > 0) throw new TeuError("unsupported", `set cgroup limits: ${unsupported.join("; ")}`);
  return { v1, v2 };
}

function missing(writes: readonly CgroupWrite[], why: string, refuse: Refuse): void {
  const fields = new Set(writes.map((write) => `${write.from} ${write.controller}`));
  for (const both of fields) {
    const [field = "", controller = ""] = both.split(" ");
    refuse("unsupported", field, `the ${controller} controller ${why}`);
  }
}
