// Reads the constants of the kernel's C headers, so that tests can hold our tables against them.
import { readFileSync } from "node:fs";

export const INCLUDE = "/usr/include";

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
export function constants(files: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const file of files) {
    let next = 0;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const [, name, expression] = /^\s*#\s*define\s+(\w+)\s+(.+)$/.exec(line) ?? [];
      const value = name === undefined || expression === undefined ? undefined : constant(expression, found);
      if (name !== undefined && value !== undefined && !found.has(name)) found.set(name, value);
      if (/\benum\b.*\{/.test(line)) next = 0;
      const [, member, given] = /^\t(\w+)(?:\s*=\s*(0x[\da-f]+|\d+))?\s*(?:,|$)/i.exec(line) ?? [];
      if (member === undefined) continue;
      if (given !== undefined) next = Number(given);
      if (!found.has(member)) found.set(member, next);
      next++;
    }
  }
  return found;
}

/** The table with the names that the headers have. */
export function withPrefix(prefix: string, table: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [prefix + name, value]));
}
