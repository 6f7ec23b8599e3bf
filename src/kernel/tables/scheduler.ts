// Scheduling policies and flags (sched_setattr(2), linux/sched.h) and NUMA memory policies (set_mempolicy(2), linux/mempolicy.h).
import type { MemoryPolicyFlag, MemoryPolicyMode, SchedulerFlag, SchedulerPolicy } from "../../spec/runtime/names.ts";

/** SCHED_ISO has a number but no implementation: the kernel answers EINVAL. */
// biome-ignore format: table
export const SCHED_POLICIES: Readonly<Record<SchedulerPolicy, number>> = {
  SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_ISO: 4, SCHED_IDLE: 5, SCHED_DEADLINE: 6,
};

// biome-ignore format: table
export const SCHED_FLAGS: Readonly<Record<SchedulerFlag, number>> = {
  SCHED_FLAG_RESET_ON_FORK:  0x01,
  SCHED_FLAG_RECLAIM:        0x02,
  SCHED_FLAG_DL_OVERRUN:     0x04,
  SCHED_FLAG_KEEP_POLICY:    0x08,
  SCHED_FLAG_KEEP_PARAMS:    0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
};

/** MPOL_PREFERRED_MANY is of Linux 5.15, MPOL_WEIGHTED_INTERLEAVE of 6.9. */
// biome-ignore format: table
export const MEMORY_POLICIES: Readonly<Record<MemoryPolicyMode, number>> = {
  MPOL_DEFAULT: 0, MPOL_PREFERRED: 1, MPOL_BIND: 2, MPOL_INTERLEAVE: 3, MPOL_LOCAL: 4, MPOL_PREFERRED_MANY: 5, MPOL_WEIGHTED_INTERLEAVE: 6,
};

/** Bits that are or-ed into the mode. */
// biome-ignore format: table
export const MEMORY_POLICY_FLAG_BITS: Readonly<Record<MemoryPolicyFlag, number>> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES:   1 << 15,
};
