// Intel RDT (runtime-spec config-linux.md, "IntelRdt"; kernel Documentation/arch/x86/resctrl.rst): the container's process in a class of
// service of resctrl, whose `schemata` say what share of cache and memory bandwidth it has.
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import type { IntelRdt } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";

const FIELD = "linux.intelRdt";
const MODE = 0o755;

export interface RdtRequest {
  readonly id: string;
  readonly config: IntelRdt | undefined;
  /** Mount point of resctrl, where it is mounted. */
  readonly resctrl: string | undefined;
  /** The schemata of a class that exists already, by its directory. */
  readonly schemataOf: (directory: string) => string | undefined;
}

export interface RdtPlan {
  /** Host section, before clone: the class and its shares, the monitoring group. */
  readonly before: readonly Op[];
  /** Host section, while the process waits: it enters. */
  after(pid: Register): readonly Op[];
  /** The directory that is the container's alone, to be removed with it. */
  readonly own?: string;
}

/**
 * Plans the class of service. A class that was there before is the caller's: it is used, and never removed.
 * @throws TeuError `unsupported` without resctrl or without a class that is to be there; InvalidInputError for shares that differ from those
 * that the class has
 */
export function planRdt({ id, config, resctrl, schemataOf }: RdtRequest): RdtPlan {
  if (config === undefined) return { before: [], after: () => [] };
  if (resctrl === undefined) {
    throw new TeuError(
      "unsupported",
      `set Intel RDT: ${FIELD}: resctrl is not mounted on this host (mount -t resctrl resctrl /sys/fs/resctrl)`,
    );
  }
  const { closID, schemata = [], enableMonitoring } = config;
  const directory = closID === "/" ? resctrl : `${resctrl}/${closID ?? id}`;
  const present = closID === undefined ? undefined : schemataOf(directory);
  const cacheAndBandwidth = combined(config);
  const asked = cacheAndBandwidth.length + schemata.length > 0;
  if (closID !== undefined && present === undefined && !asked) {
    throw new TeuError(
      "unsupported",
      `set Intel RDT: ${FIELD}.closID: there is no class ${JSON.stringify(closID)}, and no schema to make it with`,
    );
  }
  if (present !== undefined) checkPresent(cacheAndBandwidth, present);
  const monitor = enableMonitoring === true ? `${directory}/mon_groups/${id}` : undefined;
  const before = [
    ...(present === undefined ? [makeOp(directory)] : []),
    // A class takes one write a kind of resource; `schemata` come last, as the specification says.
    ...(present === undefined ? cacheAndBandwidth : []).map((line) => schemaOp(directory, line, FIELD)),
    ...schemata.map((line, index) => schemaOp(directory, line, `${FIELD}.schemata[${index}]`)),
    ...(monitor === undefined ? [] : [makeOp(monitor)]),
  ];
  const own = closID === undefined ? directory : monitor;
  return {
    before,
    after: (pid) => [directory, ...(monitor === undefined ? [] : [monitor])].map((group) => enterOp(group, pid)),
    ...(own === undefined ? {} : { own }),
  };
}

/** The lines of l3CacheSchema and memBwSchema; with the latter, the former's own `MB:` lines do not count. */
function combined({ l3CacheSchema, memBwSchema }: IntelRdt): string[] {
  const cache =
    l3CacheSchema === undefined || l3CacheSchema === "" || (memBwSchema && l3CacheSchema.startsWith("MB:")) ? [] : [l3CacheSchema];
  return memBwSchema ? [...cache, memBwSchema] : cache;
}

/** "runtimes MUST compare l3CacheSchema and/or memBwSchema value with schemata file, and generate an error if doesn't match" */
function checkPresent(asked: readonly string[], present: string): void {
  const has = new Set(present.split("\n").map((line) => line.replace(/\s/g, "")));
  const differing = asked.filter((line) => !has.has(line.replace(/\s/g, "")));
  if (differing.length === 0) return;
  const problems = differing.map((line) => ({ field: `${FIELD}.closID`, message: `the class is there and has other shares than ${line}` }));
  throw new InvalidInputError("the configuration", problems);
}

function makeOp(path: string): Op {
  return op("mkdir", { dir: undefined, path, mode: MODE }, FIELD);
}

function schemaOp(directory: string, line: string, from: string): Op {
  return op("write", { dir: undefined, path: `${directory}/schemata`, data: [`${line}\n`] }, { from, subject: line });
}

function enterOp(directory: string, pid: Register): Op {
  return op("write", { dir: undefined, path: `${directory}/tasks`, data: [{ decimal: pid }] }, FIELD);
}
