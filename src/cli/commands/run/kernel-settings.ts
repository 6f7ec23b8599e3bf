// Flags about what a container's processes get of the kernel besides cgroups: limits of each process, parameters, shared memory.
import { parseSize } from "../../../base/units.ts";
import type { IsolationOptions } from "../../../containers/config/isolation.ts";
import { parseRlimit, storedRlimit } from "../../../containers/config/rlimits.ts";
import type { Rlimit } from "../../../spec/runtime/config.ts";
import { sysctlFault, sysctlNamespace, sysctlPath } from "../../../spec/runtime/sysctl.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { readInteger } from "./values.ts";

// biome-ignore format: table
export const KERNEL_FLAGS = {
  "cgroup-parent": { type: "string", value: "PATH", summary: "The cgroup that the container's own lies in" },
  "oom-score-adj": { type: "string", value: "N", summary: "How gladly the kernel kills it for want of memory (-1000 to 1000)" },
  "shm-size":      { type: "string", value: "SIZE", summary: "Size of /dev/shm (64m)" },
  sysctl:          { type: "string", multiple: true, value: "NAME=VALUE", summary: "Set a kernel parameter of the container's namespaces" },
  ulimit:          { type: "string", multiple: true, value: "TYPE=SOFT[:HARD]", summary: "A resource limit (nofile=1024:4096); -1 is no limit" },
} as const satisfies Flags;

export interface KernelParts extends Pick<IsolationOptions, "sysctl" | "shmSize" | "oomScoreAdj" | "cgroupParent"> {
  readonly rlimits: readonly Rlimit[];
}

export function kernelSettingsOf(flags: FlagValues<typeof KERNEL_FLAGS>, problems: Problems): KernelParts {
  const sysctl = Object.fromEntries((flags.sysctl ?? []).flatMap((text) => sysctlOf(text, problems)));
  const { "shm-size": size, "cgroup-parent": cgroupParent } = flags;
  const shmSize = size === undefined ? undefined : problems.take("--shm-size", () => parseSize(size));
  const score = readInteger("--oom-score-adj", flags["oom-score-adj"], { min: -1000, max: 1000 }, problems);
  if (cgroupParent?.split("/").includes(".."))
    problems.refuse("--cgroup-parent", `${cgroupParent} leads upwards: name the cgroup by its path`);
  return {
    rlimits: rlimitsOf(flags.ulimit, problems),
    ...(Object.keys(sysctl).length === 0 ? {} : { sysctl }),
    ...(shmSize === undefined || shmSize === 0 ? {} : { shmSize }),
    ...(score === undefined ? {} : { oomScoreAdj: score }),
    ...(cgroupParent === undefined || cgroupParent === "" ? {} : { cgroupParent }),
  };
}

function sysctlOf(text: string, problems: Problems): [name: string, value: string][] {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0));
  if (at < 1) problems.refuse("--sysctl", `${JSON.stringify(text)} is not NAME=VALUE`);
  else if (sysctlFault(name) !== undefined) problems.refuse("--sysctl", `${name} ${sysctlFault(name)}`);
  else if (sysctlPath(name) === "kernel/hostname") problems.refuse("--sysctl", `${name} is what --hostname sets`);
  else if (sysctlNamespace(name) === undefined) problems.refuse("--sysctl", `${name} is the whole host's, not a container's`);
  else return [[name, text.slice(at + 1)]];
  return [];
}

/** The last of a type counts, as in docker. */
function rlimitsOf(texts: readonly string[] | undefined, problems: Problems): Rlimit[] {
  const all = problems.takeEach("--ulimit", texts, parseRlimit).map(storedRlimit);
  return [...new Map(all.map((limit) => [limit.type, limit])).values()];
}
