// `--filter KEY=VALUE` as docker means it: values of one key are alternatives, keys must all agree; of labels each must be there.
import { truthOf } from "../../base/truth.ts";
import { UsageError } from "../flag-values.ts";
import type { Flags } from "../parse-words.ts";

export const FILTER_FLAGS = {
  filter: { type: "string", short: "f", multiple: true, value: "KEY=VALUE", summary: "Only what fits; may be given more than once" },
} as const satisfies Flags;

/** What a key of a filter means for a row. */
export interface FilterRule<Row> {
  matches(row: Row, value: string): boolean;
  /** All values of the key must match, not one of them. */
  readonly every?: boolean;
  /** Refuses a value that can never match. @throws TeuError. */
  readonly check?: (value: string) => void;
}

export type FilterRules<Row> = Readonly<Record<string, FilterRule<Row>>>;

/** The filters that were given, by key. @throws UsageError for what is no KEY=VALUE or has a key that is not among `known`. */
export function parseFilters(texts: readonly string[], known: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const filters = new Map<string, readonly string[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 0) throw new UsageError(`--filter: bad format of filter ${JSON.stringify(text)} (expected name=value)`);
    const key = text.slice(0, equals).trim().toLowerCase();
    if (!known.includes(key)) throw new UsageError(`invalid filter '${key}': there is ${known.join(", ")}`);
    filters.set(key, [...(filters.get(key) ?? []), text.slice(equals + 1).trim()]);
  }
  return filters;
}

/** Whether a row passes all filters. @throws UsageError as parseFilters; what a rule's check throws. */
export function rowFilter<Row>(texts: readonly string[] | undefined, rules: FilterRules<Row>): (row: Row) => boolean {
  const tests = [...parseFilters(texts ?? [], Object.keys(rules))].flatMap(([key, values]) => {
    const rule = rules[key];
    if (rule === undefined) return [];
    for (const value of values) rule.check?.(value);
    const one = (row: Row) => (value: string) => rule.matches(row, value);
    return [rule.every === true ? (row: Row) => values.every(one(row)) : (row: Row) => values.some(one(row))];
  });
  return (row) => tests.every((passes) => passes(row));
}

/** A rule for `label=KEY` and `label=KEY=VALUE`; the same under the key `label!` is what `label!=KEY` means. */
export function labelRules<Row>(labelsOf: (row: Row) => Readonly<Record<string, string>>): FilterRules<Row> {
  const has = (row: Row, text: string): boolean => {
    const labels = labelsOf(row);
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    return Object.hasOwn(labels, key) && (equals < 0 || labels[key] === text.slice(equals + 1));
  };
  return {
    label: { every: true, matches: has },
    "label!": { every: true, matches: (row, text) => !has(row, text) },
  };
}

/** A rule for one of a few words. */
export function wordRule<Row>(words: readonly string[], wordOf: (row: Row) => string): FilterRule<Row> {
  return {
    matches: (row, value) => wordOf(row) === value,
    check: (value) => {
      if (!words.includes(value)) throw new UsageError(`--filter: ${JSON.stringify(value)} is none of ${words.join(", ")}`);
    },
  };
}

/** A rule for true or false, in Go's words. */
export function truthRule<Row>(key: string, truthIn: (row: Row) => boolean): FilterRule<Row> {
  return {
    matches: (row, value) => truthIn(row) === truthOf(value),
    check: (value) => {
      if (truthOf(value) === undefined) throw new UsageError(`--filter: invalid filter '${key}=${value}': it is true or false`);
    },
  };
}

/** docker takes the value for a regular expression; one that is none is a name. */
export function fitsPattern(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}
