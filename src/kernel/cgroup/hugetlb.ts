// linux.resources.hugepageLimits (config-linux.md "Huge page limits"): v1 and v2 differ in the end of the file names only.
import type { CgroupWrite, ControllerWrites } from "./write.ts";

/** The writes with v1's or v2's suffix. Reservations are limited too where the kernel counts them (5.7). */
export function hugetlbWrites(suffix: ".limit_in_bytes" | ".max"): ControllerWrites {
  return ({ hugepageLimits }, refuse) => {
    const writes: CgroupWrite[] = [];
    for (const [index, { pageSize, limit }] of (hugepageLimits ?? []).entries()) {
      const from = `linux.resources.hugepageLimits[${index}]`;
      // It becomes part of a file's name.
      if (!/^[1-9][0-9]*[KMG]B$/.test(pageSize))
        refuse("invalid", `${from}.pageSize`, `${JSON.stringify(pageSize)} is not a size such as 2MB`);
      const write = (kind: string, more?: Pick<CgroupWrite, "tolerate">) =>
        writes.push({ controller: "hugetlb", file: `hugetlb.${pageSize}${kind}${suffix}`, data: String(limit), from, ...more });
      write("");
      write(".rsvd", { tolerate: ["ENOENT"] });
    }
    return writes;
  };
}
