// The flags of `update`, each for one field of linux.resources (runc-update(8)).
import { TeuError } from "../../base/errors.ts";
import type { Resources } from "../../spec/runtime/config.ts";
import { parseResources } from "../../spec/runtime/parse.ts";
import { type Flag, type FlagValues, UsageError } from "../command.ts";

/** How a flag's text becomes a value; `size` takes units, and -1 for no limit. */
type Kind = "integer" | "size" | "text";

interface LimitFlag extends Flag {
  readonly type: "string";
  readonly kind: Kind;
  /** Group and name in linux.resources. */
  readonly field: readonly [keyof Resources, string];
}

const limit = (kind: Kind, field: LimitFlag["field"], summary: string): LimitFlag => ({
  type: "string",
  kind,
  field,
  value: kind === "text" ? "LIST" : kind === "size" ? "BYTES" : "N",
  summary,
});

// biome-ignore format: table
const LIMITS = {
  "blkio-weight":       limit("integer", ["blockIO", "weight"],          "Weight of its I/O, 10 to 1000"),
  "cpu-period":         limit("integer", ["cpu", "period"],              "CFS period in microseconds"),
  "cpu-quota":          limit("integer", ["cpu", "quota"],               "CPU time within a period, in microseconds; -1 for no limit"),
  "cpu-burst":          limit("integer", ["cpu", "burst"],               "CPU time that may be saved up, in microseconds"),
  "cpu-share":          limit("integer", ["cpu", "shares"],              "CPU shares, relative to other containers"),
  "cpu-rt-period":      limit("integer", ["cpu", "realtimePeriod"],      "Realtime period in microseconds"),
  "cpu-rt-runtime":     limit("integer", ["cpu", "realtimeRuntime"],     "Realtime within a period, in microseconds"),
  "cpu-idle":           limit("integer", ["cpu", "idle"],                "1 for SCHED_IDLE, 0 for not"),
  "cpuset-cpus":        limit("text",    ["cpu", "cpus"],                "CPUs to use: 0-3,7"),
  "cpuset-mems":        limit("text",    ["cpu", "mems"],                "Memory nodes to use"),
  "memory":             limit("size",    ["memory", "limit"],            "Memory; units k, m, g are understood; -1 for no limit"),
  "memory-reservation": limit("size",    ["memory", "reservation"],      "Memory that it keeps when the host runs short"),
  "memory-swap":        limit("size",    ["memory", "swap"],             "Memory and swap together; -1 for no limit"),
  "kernel-memory":      limit("size",    ["memory", "kernel"],           "Obsolete: ignored by kernels since 5.11"),
  "kernel-memory-tcp":  limit("size",    ["memory", "kernelTCP"],        "Memory of TCP buffers"),
  "pids-limit":         limit("integer", ["pids", "limit"],              "Number of processes; -1 for no limit"),
} as const;

/** Cache and bandwidth of Intel RDT; refused by name, because nobody should believe that they hold. */
const RDT_FLAGS = {
  "l3-cache-schema": { type: "string", value: "SCHEMA", summary: "Not supported: Intel RDT is set at create" },
  "mem-bw-schema": { type: "string", value: "SCHEMA", summary: "Not supported: Intel RDT is set at create" },
} as const;

export const LIMIT_FLAGS = { ...LIMITS, ...RDT_FLAGS } as const;

/** The limits that were asked for. @throws UsageError, InvalidInputError for a value that is none; TeuError `unsupported` for Intel RDT */
export function resourcesOf(flags: FlagValues<typeof LIMIT_FLAGS>): Resources {
  for (const name of Object.keys(RDT_FLAGS) as (keyof typeof RDT_FLAGS)[]) {
    if (flags[name] !== undefined) throw new TeuError("unsupported", `--${name}: Intel RDT cannot be changed by update`);
  }
  const resources: Record<string, Record<string, number | string>> = {};
  for (const [name, { kind, field }] of Object.entries(LIMITS) as [keyof typeof LIMITS, LimitFlag][]) {
    const text = flags[name];
    if (text === undefined) continue;
    const [group, key] = field;
    resources[group] = { ...resources[group], [key]: parseLimit(text, kind, name) };
  }
  return parseResources(JSON.stringify(resources));
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

function parseLimit(text: string, kind: Kind, flag: string): number | string {
  if (kind === "text") return text;
  if (kind === "integer" && /^-?\d+$/.test(text)) return Number(text);
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text) ?? [];
  if (kind === "size" && text === "-1") return -1;
  if (kind === "size" && digits !== undefined) return Math.trunc(Number(digits) * (UNITS[unit.toLowerCase()] ?? 1));
  throw new UsageError(`--${flag}: ${JSON.stringify(text)} is not ${kind === "size" ? "a size such as 512m, nor -1" : "a whole number"}`);
}
