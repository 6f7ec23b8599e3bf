// Before an update: what the new values need of those in force, where one file holds two of them or one is told in terms
// of another; and the check that the specification calls checkBeforeUpdate.
import { TeuError } from "../../../base/errors.ts";
import type { Int64, Resources } from "../../../spec/runtime/config.ts";
import { asked } from "../write.ts";
import { parseNumber, UNLIMITED } from "./counters.ts";
import { type CgroupPaths, readText } from "./files.ts";

/**
 * The resources with the values in force filled in where v2 cannot do without: `swap` is a total that the limit is taken
 * from, and cpu.max takes a period only behind a quota. On v1 each has its own file and nothing is filled in.
 * @throws TeuError `conflict` when checkBeforeUpdate is set and the new limit is below what is used
 */
export function withCurrentValues(resources: Resources, paths: CgroupPaths): Resources {
  const { unified } = paths;
  if (unified === undefined || paths.memory !== undefined || paths.cpu !== undefined) return resources;
  const { memory, cpu } = resources;
  checkUsage(resources, unified);
  const limit = asked(memory?.swap) && !asked(memory?.limit) ? currentLimit(unified) : undefined;
  const quota = asked(cpu?.period) && !asked(cpu?.quota) ? currentQuota(unified) : undefined;
  return {
    ...resources,
    ...(limit === undefined ? {} : { memory: { ...memory, limit } }),
    ...(quota === undefined ? {} : { cpu: { ...cpu, quota } }),
  };
}

function currentLimit(directory: string): Int64 | undefined {
  const limit = parseNumber(readText(`${directory}/memory.max`));
  return limit === UNLIMITED ? -1 : limit;
}

function currentQuota(directory: string): Int64 | undefined {
  const quota = parseNumber(readText(`${directory}/cpu.max`)?.split(" ")[0]);
  return quota === UNLIMITED ? -1 : quota;
}

/** v1's kernel refuses a limit below the usage; v2's starts killing. With this the two are alike. */
function checkUsage({ memory }: Resources, directory: string): void {
  if (!memory?.checkBeforeUpdate) return;
  const usage = parseNumber(readText(`${directory}/memory.current`));
  if (usage === undefined) return;
  for (const field of ["limit", "swap"] as const) {
    const value = memory[field];
    if (asked(value) && value > 0 && value <= usage) {
      throw new TeuError("conflict", `update linux.resources.memory.${field}: ${value} is not more than the ${usage} bytes in use`);
    }
  }
}
