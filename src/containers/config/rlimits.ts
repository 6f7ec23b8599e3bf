// Resource limits (getrlimit(2)): docker's --ulimit, and what of it a host without CAP_SYS_RESOURCE can give.
import { InvalidInputError } from "../../base/errors.ts";
import type { Int64, Rlimit } from "../../spec/runtime/config.ts";
import { RLIMIT_NAMES, type RlimitName } from "../../spec/runtime/names.ts";

/** RLIM_INFINITY. */
const NO_LIMIT = 2n ** 64n - 1n;

/**
 * A limit as `nofile=1024:4096`, `core=0`, `memlock=-1`.
 * @throws InvalidInputError for another form, another name, or a soft limit above the hard one
 */
export function parseRlimit(text: string): Rlimit {
  const [, name = "", softText = "", hardText = softText] = /^(\w+)=(-1|unlimited|\d{1,19})(?::(-1|unlimited|\d{1,19}))?$/.exec(text) ?? [];
  const type = RLIMIT_NAMES.find((known) => known === `RLIMIT_${name.toUpperCase()}`);
  if (softText === "") throw refusal(text, "is not TYPE=SOFT or TYPE=SOFT:HARD");
  if (type === undefined) throw refusal(text, `names no limit: there are ${RLIMIT_NAMES.map(shortName).join(", ")}`);
  const [soft, hard] = [amount(softText), amount(hardText)];
  if (soft > hard) throw refusal(text, "has a soft limit above its hard one");
  return { type, soft, hard };
}

/** What stands for no limit in a container's document, which is JSON: no number of it may need all 64 bits. */
const STORED_NO_LIMIT = -1;

/** A limit as a document has it. One beyond 2^53 bounds nothing that there is. */
export function storedRlimit({ type, soft, hard }: Rlimit): Rlimit {
  const stored = (limit: Int64) => (typeof limit === "bigint" ? STORED_NO_LIMIT : limit);
  return { type, soft: stored(soft), hard: stored(hard) };
}

/** The limit that a document has, as the kernel takes it. */
export function restoredRlimit({ type, soft, hard }: Rlimit): Rlimit {
  const restored = (limit: Int64) => (limit === STORED_NO_LIMIT ? NO_LIMIT : limit);
  return { type, soft: restored(soft), hard: restored(hard) };
}

function amount(text: string): Int64 {
  return /^\d+$/.test(text) ? plain(BigInt(text)) : NO_LIMIT;
}

function refusal(text: string, message: string): InvalidInputError {
  return new InvalidInputError("a limit", [{ field: "limit", message: `${JSON.stringify(text)} ${message}` }]);
}

function shortName(type: RlimitName): string {
  return type.slice("RLIMIT_".length).toLowerCase();
}

/** The caller's own hard limits by name; what is not in it has none. */
export type HardLimits = Partial<Record<RlimitName, Int64>>;

export interface ClampedRlimits {
  readonly rlimits: readonly Rlimit[];
  /** A sentence for each limit that became less than what was asked for. */
  readonly warnings: readonly string[];
}

/** Limits that a caller who may not raise a hard limit can give: dockerd's and podman's way with hosts like that. */
export function clampRlimits(asked: readonly Rlimit[], hard: HardLimits): ClampedRlimits {
  const warnings: string[] = [];
  const rlimits = asked.map((limit) => {
    const most = hard[limit.type];
    if (most === undefined || limit.hard <= most) return limit;
    warnings.push(`--ulimit ${shortName(limit.type)}: ${shown(limit.hard)} is above this host's hard limit, ${shown(most)}, which is used`);
    return limit.soft <= most ? { ...limit, hard: most } : { ...limit, soft: most, hard: most };
  });
  return { rlimits, warnings };
}

function shown(limit: Int64): string {
  return limit === NO_LIMIT ? "unlimited" : String(limit);
}

/** Rows of proc_pid_limits(5) that are worded otherwise than their limit is named. */
// biome-ignore format: table
const ROWS: Readonly<Record<string, RlimitName>> = {
  "cpu time": "RLIMIT_CPU",         "file size": "RLIMIT_FSIZE",        "data size": "RLIMIT_DATA",
  "stack size": "RLIMIT_STACK",     "core file size": "RLIMIT_CORE",    "resident set": "RLIMIT_RSS",
  "processes": "RLIMIT_NPROC",      "open files": "RLIMIT_NOFILE",      "locked memory": "RLIMIT_MEMLOCK",
  "address space": "RLIMIT_AS",     "file locks": "RLIMIT_LOCKS",       "pending signals": "RLIMIT_SIGPENDING",
  "msgqueue size": "RLIMIT_MSGQUEUE", "nice priority": "RLIMIT_NICE",   "realtime priority": "RLIMIT_RTPRIO",
  "realtime timeout": "RLIMIT_RTTIME",
};

/** Hard limits out of the text of /proc/self/limits (proc_pid_limits(5)). */
export function parseHardLimits(text: string): HardLimits {
  const limits: HardLimits = {};
  for (const line of text.split("\n")) {
    const [, row = "", hard = ""] = /^Max (.+?) +(?:\d+|unlimited) +(\d+|unlimited)/.exec(line) ?? [];
    const type = ROWS[row];
    if (type !== undefined) limits[type] = hard === "unlimited" ? NO_LIMIT : plain(BigInt(hard));
  }
  return limits;
}

function plain(value: bigint): Int64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
