// The sizes of huge page that this kernel offers, as cgroup file names spell them (kernel cgroup-v1/hugetlb.rst).
import { readdirSync } from "node:fs";

/** `hugepages-2048kB` → `2MB`; undefined for another name. */
export function pageSizeName(entry: string): string | undefined {
  const digits = /^hugepages-(\d+)kB$/.exec(entry)?.[1];
  if (digits === undefined) return undefined;
  const kib = Number(digits);
  if (kib >= 1 << 20) return `${kib >> 20}GB`;
  return kib >= 1 << 10 ? `${kib >> 10}MB` : `${kib}KB`;
}

/** The sizes of /sys/kernel/mm/hugepages; none where that is not there. */
export function hugePageSizes(): string[] {
  try {
    return readdirSync("/sys/kernel/mm/hugepages").flatMap((entry) => pageSizeName(entry) ?? []);
  } catch {
    return []; // no huge pages in this kernel, or no sysfs: then there is nothing to count
  }
}
