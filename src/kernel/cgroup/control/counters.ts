// The few formats that cgroup files have: one number, `key value` lines, `key a=1 b=2` lines, lists of CPUs.
import type { Pressure, PressureLine } from "./stats-shape.ts";

/** 2^64-1: what the JSON shows for `max`. */
export const UNLIMITED = 0xffffffffffffffffn;

/** One number or `max`; undefined for anything else, a missing file included. */
export function parseNumber(text: string | undefined): bigint | undefined {
  const word = text?.trim() ?? "";
  if (word === "max") return UNLIMITED;
  return /^\d+$/.test(word) ? BigInt(word) : undefined;
}

/** All numbers of a line, such as cpuacct.usage_percpu. */
export function parseNumbers(text: string | undefined): bigint[] | undefined {
  return text?.split(/\s+/).flatMap((word) => parseNumber(word) ?? []);
}

/** `key value` lines: memory.stat, cpu.stat, memory.events. Lines of another form are passed over. */
export function parseKeyed(text: string | undefined): Record<string, bigint> {
  const found: Record<string, bigint> = {};
  for (const line of text?.split("\n") ?? []) {
    const [key, value] = line.split(" ");
    const number = parseNumber(value);
    if (key !== undefined && number !== undefined) found[key] = number;
  }
  return found;
}

/** A `key a=1 b=2` line of io.stat or a pressure file. */
export interface NestedLine {
  readonly key: string;
  readonly values: ReadonlyMap<string, string>;
}

export function parseNested(text: string | undefined): NestedLine[] {
  const found: NestedLine[] = [];
  for (const line of text?.split("\n") ?? []) {
    const [key = "", ...words] = line.split(" ");
    if (key === "") continue;
    const values = words.map((word): [string, string] => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]);
    found.push({ key, values: new Map(values) });
  }
  return found;
}

/** A `*.pressure` file; undefined where the kernel does not count pressure. */
export function parsePressure(text: string | undefined): Pressure | undefined {
  if (text === undefined) return undefined;
  const lines = parseNested(text);
  const line = (name: string): PressureLine | undefined => {
    const values = lines.find(({ key }) => key === name)?.values;
    if (values === undefined) return undefined;
    const average = (key: string) => Number(values.get(key) ?? 0);
    return { avg10: average("avg10"), avg60: average("avg60"), avg300: average("avg300"), total: parseNumber(values.get("total")) ?? 0n };
  };
  return { some: line("some"), full: line("full") };
}

/** `0-2,7` as numbers (cpuset(7), "List format"); undefined for an empty or missing file. */
export function parseList(text: string | undefined): number[] | undefined {
  const list = text?.trim();
  if (list === undefined || list === "") return undefined;
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
