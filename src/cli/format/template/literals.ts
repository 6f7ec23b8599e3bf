// Constants of a template: Go's strings, characters and numbers (https://go.dev/ref/spec, "Lexical elements"). No imaginary numbers.
import { Float, type Value } from "./values.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;

/** The text between the quotes of a string; undefined when an escape is wrong. */
export function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner.replaceAll("\r", "");
  let wrong = false;
  const text = inner.replaceAll(ESCAPE, (_, hex, short, long, octal, simple: string | undefined) => {
    if (simple !== undefined) {
      const other = literal.startsWith("'") ? '"' : "'";
      if (simple !== other && Object.hasOwn(SIMPLE, simple)) return SIMPLE[simple] ?? "";
      wrong = true;
      return "";
    }
    const code = octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8);
    if (code <= 0x10_ffff && !(code >= 0xd800 && code < 0xe000)) return String.fromCodePoint(code);
    wrong = true;
    return "";
  });
  return wrong ? undefined : text;
}

/** The code point of `'x'`; undefined when it is not one character. */
export function characterCode(literal: string): number | undefined {
  const [first, ...more] = unquote(literal) ?? [];
  return first === undefined || more.length > 0 ? undefined : first.codePointAt(0);
}

const INTEGER = /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;
const DECIMAL = /^[+-]?(?:[0-9](?:_?[0-9])*)?\.?(?:[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9]+)?$/;

/** A number; undefined when the text is none. Whole ones that a double cannot hold are bigints. */
export function parseNumber(text: string): Value {
  const plain = text.replaceAll("_", "");
  const negative = plain.startsWith("-");
  const digits = plain.replace(/^[+-]/, "");
  if (INTEGER.test(text)) {
    const whole = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
    const value = negative ? -whole : whole;
    if (BigInt.asIntN(64, value) !== value) return undefined;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (!DECIMAL.test(text) || !/[0-9]/.test(text)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? new Float(negative ? -value : value) : undefined;
}
