// The tables against the kernel's own headers, where they are installed (linux-libc-dev, and libc6-dev-arm64-cross for arm64).
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import { capabilityNumber } from "./capabilities.ts";
import { constants, INCLUDE, withPrefix } from "./headers.test-support.ts";
import { ioPriorityValue } from "./io-priority.ts";
import { MOUNT_ATTR, MOVE_MOUNT, MS, OPEN_TREE_CLONE } from "./mount-flags.ts";
import { NAMESPACES } from "./namespaces.ts";
import { AT, FS_MAGIC, openFlags, RESOLVE, S_IF } from "./open-flags.ts";
import { CLONE, PR } from "./process-flags.ts";
import { RLIMITS } from "./rlimits.ts";
import { MEMORY_POLICIES, MEMORY_POLICY_FLAG_BITS, SCHED_FLAGS, SCHED_POLICIES } from "./scheduler.ts";
import { SIGNALS } from "./signals.ts";

const ARM64 = "/usr/aarch64-linux-gnu/include";

interface Row {
  readonly name: string;
  readonly files: readonly string[];
  readonly table: Readonly<Record<string, number>>;
}

// biome-ignore format: table
const ROWS: readonly Row[] = [
  { name: "capabilities", files: [`${INCLUDE}/linux/capability.h`], table: Object.fromEntries(CAPABILITY_NAMES.map((name) => [name, capabilityNumber(name) ?? -1])) },
  { name: "namespace flags", files: [`${INCLUDE}/linux/sched.h`], table: Object.fromEntries(NAMESPACES.map(({ file, flag }) => [file === "mnt" ? "CLONE_NEWNS" : `CLONE_NEW${file.toUpperCase()}`, flag])) },
  { name: "clone flags", files: [`${INCLUDE}/linux/sched.h`], table: withPrefix("CLONE_", CLONE) },
  { name: "prctl options", files: [`${INCLUDE}/linux/prctl.h`], table: withPrefix("PR_", PR) },
  { name: "resource limits", files: [`${INCLUDE}/asm-generic/resource.h`], table: RLIMITS },
  { name: "signals", files: [`${INCLUDE}/x86_64-linux-gnu/asm/signal.h`], table: SIGNALS },
  { name: "signals of arm64", files: [`${INCLUDE}/asm-generic/signal.h`], table: SIGNALS },
  { name: "scheduling policies", files: [`${INCLUDE}/linux/sched.h`], table: { SCHED_NORMAL: SCHED_POLICIES.SCHED_OTHER, SCHED_FIFO: SCHED_POLICIES.SCHED_FIFO, SCHED_RR: SCHED_POLICIES.SCHED_RR, SCHED_BATCH: SCHED_POLICIES.SCHED_BATCH, SCHED_IDLE: SCHED_POLICIES.SCHED_IDLE, SCHED_DEADLINE: SCHED_POLICIES.SCHED_DEADLINE } },
  { name: "scheduling flags", files: [`${INCLUDE}/linux/sched.h`], table: SCHED_FLAGS },
  // Without the mode of Linux 6.9, which is newer than the headers of most distributions.
  { name: "memory policies", files: [`${INCLUDE}/linux/mempolicy.h`], table: Object.fromEntries(Object.entries(MEMORY_POLICIES).filter(([name]) => name !== "MPOL_WEIGHTED_INTERLEAVE")) },
  { name: "memory policy flags", files: [`${INCLUDE}/linux/mempolicy.h`], table: MEMORY_POLICY_FLAG_BITS },
  { name: "I/O classes", files: [`${INCLUDE}/linux/ioprio.h`], table: { IOPRIO_CLASS_RT: ioPriorityValue("IOPRIO_CLASS_RT", 0) >> 13, IOPRIO_CLASS_BE: ioPriorityValue("IOPRIO_CLASS_BE", 7) >> 13, IOPRIO_CLASS_IDLE: ioPriorityValue("IOPRIO_CLASS_IDLE", 0) >> 13, IOPRIO_CLASS_SHIFT: 13 } },
  { name: "mount flags", files: [`${INCLUDE}/linux/mount.h`], table: withPrefix("MS_", MS) },
  { name: "mount attributes", files: [`${INCLUDE}/linux/mount.h`], table: withPrefix("MOUNT_ATTR_", MOUNT_ATTR) },
  { name: "move_mount flags", files: [`${INCLUDE}/linux/mount.h`], table: { ...withPrefix("MOVE_MOUNT_", MOVE_MOUNT), OPEN_TREE_CLONE } },
  { name: "flags of the *at calls", files: [`${INCLUDE}/linux/fcntl.h`], table: withPrefix("AT_", AT) },
  { name: "openat2 flags", files: [`${INCLUDE}/linux/openat2.h`], table: withPrefix("RESOLVE_", RESOLVE) },
  { name: "file types", files: [`${INCLUDE}/linux/stat.h`], table: withPrefix("S_IF", S_IF) },
  { name: "open flags of x86-64", files: [`${INCLUDE}/x86_64-linux-gnu/asm/fcntl.h`, `${INCLUDE}/asm-generic/fcntl.h`], table: openFlags("x86_64") },
  { name: "open flags of arm64", files: [`${ARM64}/asm/fcntl.h`, `${ARM64}/asm-generic/fcntl.h`], table: openFlags("aarch64") },
  { name: "file systems", files: [`${INCLUDE}/linux/magic.h`], table: {
    PROC_SUPER_MAGIC: FS_MAGIC.proc, SYSFS_MAGIC: FS_MAGIC.sysfs, TMPFS_MAGIC: FS_MAGIC.tmpfs, DEVPTS_SUPER_MAGIC: FS_MAGIC.devpts, CGROUP_SUPER_MAGIC: FS_MAGIC.cgroup,
    CGROUP2_SUPER_MAGIC: FS_MAGIC.cgroup2, NSFS_MAGIC: FS_MAGIC.nsfs, RDTGROUP_SUPER_MAGIC: FS_MAGIC.resctrl, OVERLAYFS_SUPER_MAGIC: FS_MAGIC.overlay,
  } },
];

describe("the kernel's headers agree on", () => {
  for (const { name, files, table } of ROWS) {
    const absent = files.find((file) => !existsSync(file));
    if (absent !== undefined) console.warn(`SKIPPED: ${name}: ${absent} is not installed`);
    test.skipIf(absent !== undefined)(name, () => {
      const known = constants(files);
      const theirs = Object.fromEntries(Object.keys(table).map((constantName) => [constantName, known.get(constantName)]));
      expect<Record<string, number | undefined>>(theirs).toEqual({ ...table });
    });
  }
});
