// Values in the text form of GVariant, as `org.systemd.property.*` annotations hold them (GLib, "GVariant Text Format"):
// true, 5, uint64 5, 'text', ['a', 'b'], @as [], (1, 'x'), <5>. What systemd's properties need, not the whole language.
import { TeuError } from "../../../base/errors.ts";
import { completeTypes, type DBusValue, memberTypes, type Variant } from "./dbus/signature.ts";

/** Words that say the type of what follows. */
// biome-ignore format: table
const KEYWORDS: Readonly<Record<string, string | undefined>> = {
  boolean: "b", byte: "y", int16: "n", uint16: "q", int32: "i", uint32: "u", int64: "x", uint64: "t", double: "d",
  string: "s", objectpath: "o", signature: "g",
};

const INTEGER_RANGE: Readonly<Record<string, readonly [bigint, bigint] | undefined>> = {
  y: [0n, 255n],
  n: [-(1n << 15n), (1n << 15n) - 1n],
  q: [0n, (1n << 16n) - 1n],
  i: [-(1n << 31n), (1n << 31n) - 1n],
  u: [0n, (1n << 32n) - 1n],
  x: [-(1n << 63n), (1n << 63n) - 1n],
  t: [0n, (1n << 64n) - 1n],
};

const TOKEN =
  /\s*(?:(@[a-z(){}]+)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([-+]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?))|([a-z][a-z0-9]*)|([[\]()<>,]))/y;

interface Parser {
  readonly text: string;
  readonly tokens: readonly string[];
  at: number;
}

/**
 * Parses one value.
 * @throws TeuError `invalid` for text that is not one value of this form
 */
export function parseGVariant(text: string): Variant {
  const parser: Parser = { text, tokens: tokenize(text), at: 0 };
  const variant = parse(parser, undefined);
  if (parser.at !== parser.tokens.length) throw bad(parser);
  return variant;
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  const token = new RegExp(TOKEN);
  while (token.lastIndex < end) {
    const match = token.exec(text);
    if (match === null) throw bad({ text });
    tokens.push(match[0].trim());
  }
  return tokens;
}

function parse(parser: Parser, type: string | undefined): Variant {
  const token = parser.tokens[parser.at++];
  if (token === undefined) throw bad(parser);
  const stated = token.startsWith("@") ? token.slice(1) : KEYWORDS[token];
  if (stated !== undefined) {
    if (completeTypes(stated).length !== 1 || (type !== undefined && type !== stated)) throw bad(parser);
    return parse(parser, stated);
  }
  if (token === "[") return parseArray(parser, type);
  if (token === "(") return parseTuple(parser, type);
  if (token === "<") return parseVariant(parser, type);
  return parseScalar(parser, { token, type });
}

function parseScalar(parser: Parser, { token, type }: { readonly token: string; readonly type: string | undefined }): Variant {
  if (token === "true" || token === "false") return checked(parser, { signature: type ?? "b", value: token === "true" }, "b");
  if (token.startsWith('"') || token.startsWith("'")) {
    return checked(parser, { signature: type ?? "s", value: token.slice(1, -1).replace(/\\(.)/g, "$1") }, "sog");
  }
  const signature = type ?? (token.includes(".") ? "d" : "i");
  if (signature === "d") return { signature, value: Number(token) };
  const range = INTEGER_RANGE[signature];
  if (range === undefined || !/^[-+]?(0x[0-9a-fA-F]+|\d+)$/.test(token)) throw bad(parser);
  const magnitude = BigInt(token.replace(/^[-+]/, ""));
  const value = token.startsWith("-") ? -magnitude : magnitude;
  if (value < range[0] || value > range[1]) throw bad(parser);
  return { signature, value };
}

function checked(parser: Parser, variant: Variant, types: string): Variant {
  if (!types.includes(variant.signature)) throw bad(parser);
  return variant;
}

/** The elements take the type of the first; an empty array has to be told its type (`@as []`). */
function parseArray(parser: Parser, type: string | undefined): Variant {
  let element = type?.startsWith("a") ? type.slice(1) : undefined;
  if (type !== undefined && element === undefined) throw bad(parser);
  const values: DBusValue[] = [];
  while (parser.tokens[parser.at] !== "]") {
    const { signature, value } = parse(parser, element);
    element ??= signature;
    values.push(value);
    separate(parser, "]");
  }
  parser.at++;
  if (element === undefined) throw bad(parser);
  return { signature: `a${element}`, value: element === "y" ? Uint8Array.from(values, Number) : values };
}

function parseTuple(parser: Parser, type: string | undefined): Variant {
  if (type !== undefined && !type.startsWith("(")) throw bad(parser);
  const types = type === undefined ? undefined : memberTypes(type);
  const members: Variant[] = [];
  while (parser.tokens[parser.at] !== ")") {
    members.push(parse(parser, types?.[members.length]));
    separate(parser, ")");
  }
  parser.at++;
  if (members.length === 0 || (types !== undefined && types.length !== members.length)) throw bad(parser);
  return { signature: `(${members.map(({ signature }) => signature).join("")})`, value: members.map(({ value }) => value) };
}

function parseVariant(parser: Parser, type: string | undefined): Variant {
  if (type !== undefined && type !== "v") throw bad(parser);
  const value = parse(parser, undefined);
  if (parser.tokens[parser.at++] !== ">") throw bad(parser);
  return { signature: "v", value };
}

/** A comma, or the closing bracket next. */
function separate(parser: Parser, closing: string): void {
  if (parser.tokens[parser.at] === ",") parser.at++;
  else if (parser.tokens[parser.at] !== closing) throw bad(parser);
}

function bad({ text }: { readonly text: string }): TeuError {
  return new TeuError("invalid", `${JSON.stringify(text)} is not a value in GVariant's text form`);
}
