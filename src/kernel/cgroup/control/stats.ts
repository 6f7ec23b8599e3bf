// Statistics of a container: read where its controllers are, and printed as JSON (`events --stats`).
import type { CgroupPaths } from "./files.ts";
import type { CgroupStats } from "./stats-shape.ts";
import { readStatsV1 } from "./stats-v1.ts";
import { readHugetlbV2, readStatsV2 } from "./stats-v2.ts";

/** Reads the counters; those of controllers that the container lacks are left out. */
export function readStats(paths: CgroupPaths): CgroupStats {
  const v1 = Object.keys(paths).some((controller) => controller !== "unified");
  if (!v1) return readStatsV2(paths.unified);
  const stats = readStatsV1(paths);
  // On a hybrid host the v2 tree holds what no v1 hierarchy does, hugetlb as a rule.
  return paths.hugetlb === undefined ? { ...stats, hugetlb: readHugetlbV2(paths.unified) } : stats;
}

/** The JSON text. JSON has one kind of number; readers that keep 64 bits (Go's) get all of them. */
export function statsJson(stats: CgroupStats): string {
  // A bigint goes through JSON.stringify as a string that begins with a NUL, which no other string here does.
  const marked = JSON.stringify(stats, (_, value: unknown) => (typeof value === "bigint" ? `\0${value}` : value));
  return marked.replace(/"\\u0000(\d+)"/g, "$1");
}
