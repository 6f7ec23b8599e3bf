// The tables against the kernel's own headers, where they are installed (linux-libc-dev, and libc6-dev-arm64-cross for arm64).
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import { capabilityNumber } from "./capabilities.ts";
import { ioPriorityValue } from "./io-priority.ts";
import { MOUNT_ATTR, MOVE_MOUNT, MS, OPEN_TREE_CLONE } from "./mount-flags.ts";
import { NAMESPACES } from "./namespaces.ts";
import { AT, FS_MAGIC, openFlags, RESOLVE, S_IF } from "./open-flags.ts";
import { CLONE, PR } from "./process-flags.ts";
import { RLIMITS } from "./rlimits.ts";
import { MEMORY_POLICIES, MEMORY_POLICY_FLAG_BITS, SCHED_FLAGS, SCHED_POLICIES } from "./scheduler.ts";
import { SIGNALS } from "./signals.ts";

const INCLUDE = "/usr/include";
const ARM64 = "/usr/aarch64-linux-gnu/include";

/** The value of a C constant expression of the few forms that the headers use, undefined for any other. */
function constant(expression: string, known: ReadonlyMap<string, number>): number | undefined {
  const text = expression
    .replace(/\/\*.*$/, "")
    .trim()
    .replace(/^\((.*)\)$/, "$1")
    .trim();
  const shift = /^\(?(\d+)[UL]*\s*<<\s*(\d+)\)?$/.exec(text);
  if (shift) return Number(shift[1]) * 2 ** Number(shift[2]);
  const number = /^(0x[0-9a-f]+|\d+)[ul]*$/i.exec(text)?.[1];
  if (number !== undefined) return /^0\d/.test(number) ? Number.parseInt(number, 8) : Number(number);
  const parts = text.split("|").map((part) => known.get(part.trim()));
  return parts.every((part) => part !== undefined) ? parts.reduce((sum, part) => sum | part, 0) : undefined;
}

/** Every constant of some headers, by `#define` and by enum; the first definition of a name counts, as with `#ifndef`. */
function constants(files: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const file of files) {
    let next = 0;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const [, name, expression] = /^\s*#\s*define\s+(\w+)\s+(.+)$/.exec(line) ?? [];
      const value = name === undefined || expression === undefined ? undefined : constant(expression, found);
      if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value);
      if (/\benum\b.*\{/.test(line)) next = 0;
      const [, member, given] = /^\t(\w+)(?:\s*=\s*(\d+))?,/.exec(line) ?? [];
      if (member === undefined) continue;
      if (given !== undefined) next = Number(given);
      if (!found.has(member)) found.set(member, next);
      next++;
    }
  }
  return found;
}

const withPrefix = (prefix: string, table: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [prefix + name, value]));

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
