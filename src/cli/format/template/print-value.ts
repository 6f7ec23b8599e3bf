// Values as Go's fmt prints them: %v and its kin. https://pkg.go.dev/fmt, "Printing".
import { Float, isList, isMap, kindOf, numberOf, Structure, sortedKeys, typeNameOf, type Value } from "./values.ts";

/** What stands between % and the verb. */
export interface Format {
  readonly verb: string;
  readonly plus?: boolean;
  readonly minus?: boolean;
  readonly sharp?: boolean;
  readonly space?: boolean;
  readonly zero?: boolean;
  readonly width?: number;
  readonly precision?: number;
}

const PLAIN: Format = { verb: "v" };

/** Data this deep is not printed on; it would be as good as endless. */
const MOST_DEPTH = 200;

/** `[a b]`, `map[a:1 b:2]`, `<nil>`. */
export function printValue(value: Value, format: Format = PLAIN, depth = 0): string {
  if (typeof value === "string" && format === PLAIN) return value; // by far the most
  if (depth > MOST_DEPTH) return "…";
  const inner = (item: Value) => printValue(item, format, depth + 1);
  if (format.verb === "T") return pad(typeNameOf(value), format);
  if (isList(value)) return `[${value.map(inner).join(" ")}]`;
  if (isMap(value)) {
    return `map[${sortedKeys(value)
      .map((key) => `${inner(key)}:${inner(value[key])}`)
      .join(" ")}]`;
  }
  if (value instanceof Structure) {
    const fields = value.entries().map(([name, field]) => (format.plus === true ? `${name}:${inner(field)}` : inner(field)));
    return `{${fields.join(" ")}}`;
  }
  return printScalar(value, format, depth);
}

function printScalar(value: Value, given: Format, depth: number): string {
  const format = given.verb === "v" ? { ...given, plus: false } : given; // %+v is of structures
  const { verb } = format;
  switch (kindOf(value)) {
    case "nil":
      return verb === "v" || depth > 0 ? pad("<nil>", format) : `%!${verb}(<nil>)`;
    case "bool":
      return verb === "v" || verb === "t" ? pad(String(value), format) : badVerb(value, verb);
    case "string":
      return printString(String(value), format) ?? badVerb(value, verb);
    case "int":
      return printInteger(BigInt(value as number | bigint), format) ?? badVerb(value, verb);
    default:
      return printFloat(numberOf(value) ?? Number.NaN, format) ?? badVerb(value, verb);
  }
}

/** What Go prints for a verb that does not fit. */
function badVerb(value: Value, verb: string): string {
  return `%!${verb}(${typeNameOf(value)}=${printValue(value)})`;
}

function printString(text: string, format: Format): string | undefined {
  const cut = format.precision === undefined ? text : [...text].slice(0, format.precision).join("");
  switch (format.verb) {
    case "v":
    case "s":
      return pad(cut, format);
    case "q":
      return pad(goQuote(cut), format);
    case "x":
    case "X": {
      const hex = Buffer.from(text).subarray(0, format.precision).toString("hex");
      return pad(format.verb === "x" ? hex : hex.toUpperCase(), format);
    }
    default:
      return undefined;
  }
}

const RADIX: Readonly<Record<string, readonly [radix: number, prefix: string]>> = {
  v: [10, ""],
  d: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, "0o"],
  x: [16, "0x"],
  X: [16, "0X"],
};

function printInteger(value: bigint, format: Format): string | undefined {
  const { verb, precision } = format;
  const code = value >= 0n && value <= 0x10_ffffn ? Number(value) : 0xfffd;
  if (verb === "c") return pad(String.fromCodePoint(code), format);
  if (verb === "q")
    return pad(`'${goQuote(String.fromCodePoint(code)).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`, format);
  if (verb === "U") return pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, format);
  const [radix, prefix] = RADIX[verb] ?? [];
  if (radix === undefined) return undefined;
  const digits = (value < 0n ? -value : value).toString(radix).padStart(precision ?? 0, "0");
  const shown = verb === "X" ? digits.toUpperCase() : digits;
  return padNumber(value < 0n, `${format.sharp === true || verb === "O" ? prefix : ""}${shown}`, {
    ...format,
    zero: format.zero === true && precision === undefined,
  });
}

function printFloat(value: number, format: Format): string | undefined {
  const { verb, precision } = format;
  const size = Math.abs(value);
  const digits = floatDigits(size, verb, precision);
  return digits === undefined ? undefined : padNumber(value < 0 || Object.is(value, -0), digits, format);
}

/** toFixed and toExponential take no more. */
const MOST_DIGITS = 100;

function floatDigits(size: number, verb: string, precision: number | undefined): string | undefined {
  const digits = Math.min(precision ?? 6, MOST_DIGITS);
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "NaN" : "+Inf";
  switch (verb) {
    case "f":
    case "F":
      return fixed(size, digits);
    case "e":
    case "E": {
      const text = exponent(size.toExponential(digits));
      return verb === "e" ? text : text.toUpperCase();
    }
    case "v":
    case "g":
    case "G": {
      const text = general(size, precision === undefined ? undefined : Math.min(Math.max(precision, 1), MOST_DIGITS));
      return verb === "G" ? text.toUpperCase() : text;
    }
    default:
      return undefined;
  }
}

/** So many digits after the point; of two that are as near, Go takes the even one, toFixed the larger. */
function fixed(size: number, digits: number): string {
  if (size >= 1e21) return `${BigInt(size)}${digits === 0 ? "" : `.${"0".repeat(digits)}`}`;
  const near = size.toFixed(digits);
  const longer = size.toFixed(Math.min(MOST_DIGITS, digits + 25));
  const cut = longer.slice(0, longer.indexOf(".") + 1 + digits).replace(/\.$/, "");
  const tie = /^\.?50*$/.test(longer.slice(cut.length));
  return tie && /[02468]$/.test(cut) ? cut : near;
}

/** From this power of ten on the shortest form has an exponent: 100000, but 1e+06. */
const SHORTEST_BOUND = 6;

/** The shortest digits that read back the same, or `digits` of them; with an exponent where it is below -4 or too many digits. */
function general(size: number, digits: number | undefined): string {
  const [mantissa = "", power = "0"] = (digits === undefined ? size.toExponential() : size.toExponential(digits - 1)).split("e");
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const at = Number(power);
  if (at < -4 || at >= (digits ?? SHORTEST_BOUND)) return exponent(`${trimmed}e${power}`);
  return size.toFixed(Math.max(0, trimmed.replace(".", "").length - 1 - at));
}

/** Go writes an exponent with a sign and at least two digits. */
function exponent(text: string): string {
  return text.replace(/e([+-]?)(\d)$/, (_, sign: string, digit: string) => `e${sign || "+"}0${digit}`);
}

function padNumber(negative: boolean, digits: string, format: Format): string {
  const sign = negative ? "-" : format.plus === true ? "+" : format.space === true ? " " : "";
  const text = digits.startsWith("+") ? digits.replace("+", sign === "" ? "+" : sign) : `${sign}${digits}`;
  if (format.zero !== true || format.minus === true) return pad(text, format);
  return `${sign}${digits.padStart((format.width ?? 0) - sign.length, "0")}`;
}

function pad(text: string, { width = 0, minus }: Format): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return minus === true ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}

const QUOTED: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** A string as Go's strconv.Quote writes it. */
export function goQuote(text: string): string {
  const inner = text.replaceAll(/["\\]|[^\P{C}]|[\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    const known = QUOTED[character];
    if (known !== undefined) return known;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `"${inner}"`;
}

/** `%v`, whose length is told: throws when it has got too much. */
export function printCounted(value: Value, spend: (characters: number) => void): string {
  const text = printValue(value);
  spend(text.length);
  return text;
}

/** fmt.Sprint: a space between two values of which none is a string. */
export function sprint(values: readonly Value[], spend: (characters: number) => void): string {
  return values
    .map((value, at) => {
      const apart = at > 0 && typeof value !== "string" && typeof values[at - 1] !== "string";
      return `${apart ? " " : ""}${printCounted(value, spend)}`;
    })
    .join("");
}

/** Whether a value is a whole number that a function can count with. */
export function wholeNumber(value: Value): number | undefined {
  return value instanceof Float || kindOf(value) !== "int" ? undefined : numberOf(value);
}
