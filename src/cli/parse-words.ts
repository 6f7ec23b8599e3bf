// Splits a command line into flags and arguments, as POSIX and GNU have it: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-it`, `--`.
// Ours, because loading node:util for its parseArgs takes a fifth of the time that a whole `teu version` has.
import { type FlagType, type FlagValue, readBoolean, readPair, readScalar, UsageError } from "./flag-values.ts";
import { didYouMean } from "./nearest.ts";

export { type FlagType, UsageError };

/** One flag; the key in a command's `flags` is its long name. */
export interface Flag {
  readonly type: FlagType;
  readonly short?: string;
  /** docker's other long name of it, which help does not show. */
  readonly also?: string;
  /** May be given more than once; the values are then a list. Pairs always may, the last of a key counts. */
  readonly multiple?: boolean;
  /** What `--help` calls the value: `DIR`. */
  readonly value?: string;
  /** The words that are its values; others are refused. */
  readonly oneOf?: readonly string[];
  /** The value when it is given as a bare `--name`; one that is not this stands behind `=`. */
  readonly bare?: string;
  /** What a shell completes its value with. */
  readonly completes?: "containers" | "images" | "networks" | "connections" | "volumes" | "files" | "directories";
  readonly summary: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface WordRules {
  /** The command; empty before it. */
  readonly name: string;
  readonly flags: Flags;
  /** Flags end at the first argument. */
  readonly stopAtFirstArg?: boolean;
}

export interface ParsedWords {
  readonly values: Readonly<Record<string, FlagValue>>;
  readonly args: readonly string[];
}

/** @throws UsageError for a flag that the rules do not have, or that lacks its value */
export function parseWords(rules: WordRules, words: readonly string[]): ParsedWords {
  const values: Values = {};
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const ends = word === "--" || (rules.stopAtFirstArg === true && !isFlag(word));
    if (ends) {
      args.push(...words.slice(word === "--" ? at + 1 : at));
      break;
    }
    if (!isFlag(word)) args.push(word);
    else
      at += word.startsWith("--")
        ? takeLong(rules, { word, next: words[at + 1] }, values)
        : takeShort(rules, { word, next: words[at + 1] }, values);
  }
  return { values, args };
}

/** `-` alone is an argument: standard input. */
function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

interface Given {
  readonly word: string;
  /** The word after it, which may be its value. */
  readonly next: string | undefined;
}

type Values = Record<string, FlagValue>;

/** The result is how many words more than its own it took. */
function takeLong(rules: WordRules, { word, next }: Given, values: Values): number {
  const equals = word.indexOf("=");
  const typed = word.slice(2, equals < 0 ? undefined : equals);
  const name = Object.hasOwn(rules.flags, typed) ? typed : Object.keys(rules.flags).find((key) => rules.flags[key]?.also === typed);
  const flag = name === undefined ? undefined : rules.flags[name];
  if (name === undefined || flag === undefined) throw unknown(rules, `--${typed}`);
  if (equals >= 0) return put(values, { name, flag, value: word.slice(equals + 1) });
  const bare = bareValue(flag);
  if (bare !== undefined) return put(values, { name, flag, value: bare });
  if (next === undefined) throw new UsageError(`--${name} needs a value; ${see(rules)}`);
  return put(values, { name, flag, value: next }) + 1;
}

/** Letters of one word are flags of their own until one takes a value: the rest of the word, or the next. */
function takeShort(rules: WordRules, { word, next }: Given, values: Values): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? "";
    const [name, flag] = Object.entries(rules.flags).find(([, { short }]) => short === letter) ?? [];
    if (name === undefined || flag === undefined) throw unknown(rules, `-${letter}`);
    const bare = bareValue(flag);
    if (bare !== undefined && word[at + 1] !== "=") put(values, { name, flag, value: bare });
    else if (at + 1 < word.length) return put(values, { name, flag, value: word.slice(word[at + 1] === "=" ? at + 2 : at + 1) });
    else if (next === undefined) throw new UsageError(`-${letter} needs a value; ${see(rules)}`);
    else return put(values, { name, flag, value: next }) + 1;
  }
  return 0;
}

/** What a flag means that stands without a value; undefined when it needs one. */
function bareValue({ type, bare }: Flag): string | undefined {
  return type === "boolean" ? "true" : bare;
}

/** Stores a value; the result is that no further word was taken. */
function put(values: Values, { name, flag, value }: { readonly name: string; readonly flag: Flag; readonly value: string }): 0 {
  const known = values[name];
  if (flag.oneOf !== undefined && !flag.oneOf.includes(value))
    throw new UsageError(`--${name} is one of ${flag.oneOf.join(", ")}, not ${JSON.stringify(value)}`);
  if (flag.type === "boolean") values[name] = readBoolean(name, value);
  else if (flag.type === "pairs") values[name] = new Map([...(known instanceof Map ? known : []), readPair(name, value)]);
  else {
    const scalar = readScalar(name, flag.type, value);
    values[name] = flag.multiple === true ? [...(Array.isArray(known) ? known : []), scalar] : scalar;
  }
  return 0;
}

const see = ({ name }: WordRules): string => `see ${name === "" ? "teu" : `teu ${name}`} --help`;

function unknown(rules: WordRules, flag: string): UsageError {
  const known = Object.entries(rules.flags).flatMap(([word, { also }]) => (also === undefined ? [word] : [word, also]));
  const hint = flag.startsWith("--") ? didYouMean(flag.slice(2), known, "--") : "";
  return new UsageError(`unknown flag ${flag}; ${hint}${see(rules)}`);
}
