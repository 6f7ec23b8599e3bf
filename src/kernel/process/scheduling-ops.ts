// How the kernel schedules the container's process: policy, I/O priority, CPU affinity, memory policy, personality
// (runtime-spec config.md "Linux Process", config-linux.md "Personality" and "Memory policy").
import { InvalidInputError } from "../../base/errors.ts";
import type { Linux, Process, Scheduler } from "../../spec/runtime/config.ts";
import { type Op, op } from "../plan/plan.ts";
import { ioPriorityValue } from "../tables/io-priority.ts";
import { PERSONALITIES } from "../tables/personality.ts";
import { MEMORY_POLICIES, MEMORY_POLICY_FLAG_BITS, SCHED_FLAGS, SCHED_POLICIES } from "../tables/scheduler.ts";

const SCHED_ATTR_SIZE = 56;
const MAX_CPU = 8191;

/** The ops for every scheduling property that the configuration sets, in the child, while it still has its privileges. */
export function schedulingOps(process: Process, linux: Linux | undefined): Op[] {
  const ops: Op[] = [];
  if (process.scheduler !== undefined) ops.push(op("schedAttr", { attr: schedAttr(process.scheduler) }, "process.scheduler"));
  if (process.ioPriority !== undefined) {
    const { class: name, priority = 0 } = process.ioPriority;
    ops.push(op("ioprio", { value: ioPriorityValue(name, priority) }, "process.ioPriority"));
  }
  if (linux?.memoryPolicy !== undefined) {
    const { mode, nodes = "", flags = [] } = linux.memoryPolicy;
    const bits = flags.reduce((mask, flag) => mask | MEMORY_POLICY_FLAG_BITS[flag], MEMORY_POLICIES[mode]);
    // MPOL_DEFAULT and MPOL_LOCAL take no nodes, MPOL_PREFERRED need not.
    const mask = nodes === "" ? new Uint8Array() : cpuMask(nodes, "linux.memoryPolicy.nodes");
    ops.push(op("mempolicy", { mode: bits, nodes: mask }, "linux.memoryPolicy"));
  }
  if (linux?.personality !== undefined) {
    ops.push(op("personality", { persona: PERSONALITIES[linux.personality.domain] }, "linux.personality"));
  }
  return ops;
}

/** struct sched_attr (sched_setattr(2)), little-endian. */
function schedAttr(scheduler: Scheduler): Uint8Array {
  const view = new DataView(new ArrayBuffer(SCHED_ATTR_SIZE));
  const flags = (scheduler.flags ?? []).reduce((mask, flag) => mask | SCHED_FLAGS[flag], 0);
  view.setUint32(0, SCHED_ATTR_SIZE, true);
  view.setUint32(4, SCHED_POLICIES[scheduler.policy], true);
  view.setBigUint64(8, BigInt(flags), true);
  view.setInt32(16, scheduler.nice ?? 0, true);
  view.setUint32(20, scheduler.priority ?? 0, true);
  view.setBigUint64(24, BigInt(scheduler.runtime ?? 0), true);
  view.setBigUint64(32, BigInt(scheduler.deadline ?? 0), true);
  view.setBigUint64(40, BigInt(scheduler.period ?? 0), true);
  return new Uint8Array(view.buffer);
}

/** The op for one list of CPUs (`process.execCPUAffinity`). */
export function affinityOp(cpus: string, field: string): Op {
  return op("affinity", { mask: cpuMask(cpus, field) }, field);
}

/**
 * A list such as `0-3,7` (cpuset(7), "List format") as a little-endian bit mask, a multiple of eight bytes.
 * @throws InvalidInputError when it is not such a list.
 */
export function cpuMask(list: string, field: string): Uint8Array {
  const numbers = list.split(",").flatMap((part) => numbersOf(part, list, field));
  const mask = new Uint8Array(Math.max(8, (Math.ceil((Math.max(0, ...numbers) + 1) / 64) * 64) / 8));
  for (const number of numbers) mask[number >> 3] = (mask[number >> 3] ?? 0) | (1 << (number & 7));
  return mask;
}

function numbersOf(part: string, list: string, field: string): number[] {
  const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last < first || last > MAX_CPU) {
    throw new InvalidInputError("the configuration", [{ field, message: `${JSON.stringify(list)} is not a list such as 0-3,7` }]);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
