// The functions of a template: text/template's own, docker's (json, split, join, title, lower, upper, pad, truncate), and the few that
// podman adds. A table; the evaluator checks arguments by it.
import { compare } from "./compare.ts";
import { printCounted, printValue, sprint, wholeNumber } from "./print-value.ts";
import { sprintf } from "./printf.ts";
import { Float, isList, isMap, isTrue, kindOf, lookUp, NIL_LIST, NIL_MAP, Structure, typeNameOf, type Value } from "./values.ts";

export type Parameter = "any" | "string" | "int" | "list";

export interface TemplateFunction {
  readonly parameters: readonly Parameter[];
  /** What further arguments are; none may be given without. */
  readonly rest?: Parameter;
  /** `spend` is told the lengths of what is made on the way, and throws when it is too much. @throws Error whose message follows "error calling NAME:". */
  call(args: readonly Value[], spend: (characters: number) => void): Value;
}

export type FunctionTable = Readonly<Record<string, TemplateFunction>>;

/** A function of texts; the arguments are checked before. */
function ofText(call: (text: string) => string): TemplateFunction {
  return { parameters: ["string"], call: ([text]) => call(String(text)) };
}

/** One that prints its arguments first, if it is not given one string. */
function ofPrinted(call: (text: string) => string): TemplateFunction {
  return {
    parameters: [],
    rest: "any",
    call: (args, spend) => call(args.length === 1 && typeof args[0] === "string" ? args[0] : sprint(args, spend)),
  };
}

const HTML: Readonly<Record<string, string>> = { "\0": "\uFFFD", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const SCRIPT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

/** text/template, "Functions". `and` and `or` are the evaluator's: they do not evaluate all their arguments. */
export const BUILTINS: FunctionTable = {
  eq: { parameters: ["any"], rest: "any", call: ([first, ...others]) => compare.eq(first, others) },
  ne: { parameters: ["any", "any"], call: ([a, b]) => !compare.eq(a, [b]) },
  lt: { parameters: ["any", "any"], call: ([a, b]) => compare.lt(a, b) },
  le: { parameters: ["any", "any"], call: ([a, b]) => compare.lt(a, b) || compare.eq(a, [b]) },
  gt: { parameters: ["any", "any"], call: ([a, b]) => !(compare.lt(a, b) || compare.eq(a, [b])) },
  ge: { parameters: ["any", "any"], call: ([a, b]) => !compare.lt(a, b) },
  not: { parameters: ["any"], call: ([value]) => !isTrue(value) },
  len: { parameters: ["any"], call: ([value]) => length(value) },
  index: { parameters: ["any"], rest: "any", call: ([value, ...keys]) => keys.reduce<Value>(index, value) },
  slice: { parameters: ["any"], rest: "any", call: ([value, ...bounds]) => slice(value, bounds) },
  html: ofPrinted((text) => text.replaceAll(/[\0"'&<>]/g, (character) => HTML[character] ?? "")),
  js: ofPrinted((text) =>
    text.replaceAll(
      /[\\'"<>&=]|\p{C}/gu,
      (character) => SCRIPT[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
    ),
  ),
  urlquery: ofPrinted((text) =>
    encodeURIComponent(text.toWellFormed())
      .replaceAll(/[!'()*]/g, percent)
      .replaceAll("%20", "+"),
  ),
  print: { parameters: [], rest: "any", call: (args, spend) => sprint(args, spend) },
  println: { parameters: [], rest: "any", call: (args, spend) => `${args.map((arg) => printCounted(arg, spend)).join(" ")}\n` },
  printf: { parameters: ["string"], rest: "any", call: ([format, ...args], spend) => sprintf(String(format), args, spend) },
};

/** docker's own. */
export const DOCKER_FUNCTIONS: FunctionTable = {
  json: { parameters: ["any"], call: ([value]) => toJson(value) },
  join: { parameters: ["list", "string"], call: ([list, between], spend) => joined(strings(list), String(between), spend) },
  split: { parameters: ["string", "string"], call: ([text, at]) => (at === "" ? [...String(text)] : String(text).split(String(at))) },
  lower: ofText((text) => text.toLowerCase()),
  upper: ofText((text) => text.toUpperCase()),
  title: ofText((text) => text.replaceAll(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase())),
  pad: {
    parameters: ["string", "int", "int"],
    call: ([text, before, after], spend) => {
      spend(count(before) + count(after));
      return text === "" ? "" : `${" ".repeat(count(before))}${text}${" ".repeat(count(after))}`;
    },
  },
  truncate: { parameters: ["string", "int"], call: ([text, most]) => cutBytes(String(text), count(most)) },
};

const LONGEST_PAD = 65_536;

function count(value: Value): number {
  const number = wholeNumber(value) ?? 0;
  if (number < 0 || number > LONGEST_PAD) throw new Error(`${number} is not a length from 0 to ${LONGEST_PAD}`);
  return number;
}

function joined(texts: readonly string[], between: string, spend: (characters: number) => void): string {
  spend(texts.length * between.length);
  return texts.join(between);
}

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** JSON as docker's encoder writes it; nothing is null. */
export function toJson(value: Value): string {
  return JSON.stringify(value ?? null, (_, inner: Value) => {
    if (inner === NIL_LIST || inner === NIL_MAP) return null;
    if (inner instanceof Float) return inner.value;
    if (inner instanceof Structure) return Object.fromEntries(inner.entries());
    return typeof inner === "bigint" ? JSON.rawJSON(inner.toString()) : inner;
  });
}

/** The texts of a list. */
function strings(list: Value): readonly string[] {
  if (!isList(list)) return []; // nil
  return list.map((item) => (typeof item === "string" ? item : printValue(item)));
}

/** Lengths and indexes of strings are in bytes, as Go's. */
function length(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new Error(kindOf(value) === "nil" ? "len of nil pointer" : `len of type ${typeNameOf(value)}`);
}

function index(value: Value, key: Value): Value {
  if (isMap(value)) {
    if (typeof key !== "string")
      throw new Error(
        kindOf(key) === "nil" ? "value is nil; should be of type string" : `value has type ${typeNameOf(key)}; should be string`,
      );
    const found = lookUp(value, key);
    return found === undefined && Object.values(value).every((item) => typeof item === "string") ? "" : found; // a map of strings has ""
  }
  if (value === null) return typeof key === "string" ? "" : refuseNil(); // an absent map of labels is an empty one
  if (isList(value)) return value[position(key, value.length)];
  if (typeof value === "string") {
    const bytes = Buffer.from(value);
    return bytes[position(key, bytes.length)];
  }
  throw new Error(value === undefined ? "index of untyped nil" : `can't index item of type ${typeNameOf(value)}`);
}

function refuseNil(): never {
  throw new Error("index of untyped nil");
}

function position(key: Value, most: number, last = most - 1): number {
  const at = wholeNumber(key);
  if (at === undefined) throw new Error(`cannot index slice/array with ${kindOf(key) === "nil" ? "nil" : `type ${typeNameOf(key)}`}`);
  if (at < 0 || at > last) throw new Error(`index out of range: ${at}`);
  return at;
}

function slice(value: Value, bounds: readonly Value[]): Value {
  const bytes = typeof value === "string" ? Buffer.from(value) : undefined;
  const most = bytes?.length ?? (isList(value) ? value.length : undefined);
  if (most === undefined)
    throw new Error(kindOf(value) === "nil" ? "slice of untyped nil" : `can't slice item of type ${typeNameOf(value)}`);
  if (bounds.length > (bytes === undefined ? 3 : 2))
    throw new Error(bytes === undefined ? `too many slice indexes: ${bounds.length}` : "cannot 3-index slice a string");
  const [from = 0, to = most] = bounds.map((bound) => position(bound, most, most));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return bytes === undefined ? (value as readonly Value[]).slice(from, to) : bytes.subarray(from, to).toString();
}

/** At most so many bytes; a character that would be cut is left out. */
function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString();
}
