// Splits a Go template into text and the words of its actions (https://pkg.go.dev/text/template, "Text and spaces", "Actions").
import { TemplateError } from "./error.ts";

export type TokenKind =
  | "text"
  | "open" // {{
  | "close" // }}
  | "space"
  | "field" // .Name
  | "variable" // $ or $name
  | "word" // an identifier or keyword
  | "number"
  | "char"
  | "string"
  | "raw"
  | "dot"
  | "mark" // | , ( ) := = and whatever else is printed: the parser refuses it
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written, but for text, whose trimmed spaces are gone. */
  readonly text: string;
  /** Where it begins, in characters. */
  readonly at: number;
}

/** Spaces of a template; trim markers take these away. */
const SPACE = /[ \t\r\n]/;

/** Words of an action, tried in this order; each is anchored at the position (flag y). */
// biome-ignore format: table
const WORDS: readonly (readonly [TokenKind, RegExp])[] = [
  ["space",    /[ \t\r\n]+/y],
  ["string",   /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["raw",      /`[^`]*`/y],
  ["char",     /'(?:[^'\\\n]|\\[^\n])*'/y],
  ["mark",     /:=|[|,()=]/y],
  ["number",   /[+-]?\.?[0-9](?:[eEpP][+-]|[\p{L}\p{Nd}_.])*/uy],
  ["field",    /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["word",     /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot",      /\./y],
];

/** What an unfinished literal begins with. */
const UNFINISHED: Readonly<Record<string, string>> = {
  '"': "unterminated quoted string",
  "`": "unterminated raw quoted string",
  "'": "unterminated character constant",
};

export interface LexSource {
  readonly name: string;
  readonly text: string;
}

/** The line that a position is in, from 1. */
export function lineOf(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line++;
  return line;
}

/** @throws TemplateError, in Go's words */
export function lex(source: LexSource): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let at = 0;
  let trims = false; // the action before ended with a trim marker
  for (;;) {
    const open = text.indexOf("{{", at);
    const raw = text.slice(at, open < 0 ? undefined : open);
    const marked = open >= 0 && text[open + 2] === "-" && SPACE.test(text[open + 3] ?? "");
    const left = trims ? raw.replace(/^[ \t\r\n]+/, "") : raw;
    const kept = marked ? trimEnd(left) : left;
    if (kept !== "") tokens.push({ kind: "text", text: kept, at: at + raw.length - left.length });
    if (open < 0) break;
    const inside = open + 2 + (marked ? 2 : 0);
    const action = text.startsWith("/*", inside) ? lexComment(source, inside) : lexAction(source, { open, inside }, tokens);
    trims = action.trims;
    at = action.end;
  }
  tokens.push({ kind: "end", text: "", at: text.length });
  return tokens;
}

interface ActionEnd {
  readonly end: number;
  readonly trims: boolean;
}

/** Walked from behind: a pattern that is tried at every space of a long run would take the square of its length. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1] ?? "")) end--;
  return text.slice(0, end);
}

/** A comment is an action of its own, and leaves nothing. */
function lexComment(source: LexSource, inside: number): ActionEnd {
  const { text } = source;
  const end = text.indexOf("*/", inside + 2);
  if (end < 0) throw failed(source, inside, "unclosed comment");
  const close = closing(text, end + 2);
  if (close === undefined) throw failed(source, inside, "comment ends before closing delimiter");
  return close;
}

/** `}}` or ` -}}` at a position. */
function closing(text: string, at: number): ActionEnd | undefined {
  if (SPACE.test(text[at] ?? "") && text.startsWith("-}}", at + 1)) return { end: at + 4, trims: true };
  return text.startsWith("}}", at) ? { end: at + 2, trims: false } : undefined;
}

function lexAction(source: LexSource, from: { readonly open: number; readonly inside: number }, tokens: Token[]): ActionEnd {
  const { text } = source;
  tokens.push({ kind: "open", text: "{{", at: from.open });
  let parens = 0;
  let at = from.inside;
  for (;;) {
    const close = closing(text, at);
    if (close !== undefined) {
      if (parens > 0) throw failed(source, at, "unclosed left paren");
      tokens.push({ kind: "close", text: text.slice(at, close.end), at });
      return close;
    }
    const token = wordAt(source, at);
    if (token.text === "(") parens++;
    else if (token.text === ")" && --parens < 0) throw failed(source, at, "unexpected right paren");
    tokens.push(token);
    at += token.text.length;
    // ` -}}` behind a word begins with the space that was just taken
    if (token.kind === "space" && text.startsWith("-}}", at)) at -= 1;
  }
}

function wordAt(source: LexSource, at: number): Token {
  const { text } = source;
  for (const [kind, pattern] of WORDS) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) continue;
    if ((kind === "field" || kind === "variable" || kind === "word") && !endsWord(text, at + found.length))
      throw failed(source, at, `bad character ${character(text, at + found.length)}`);
    return { kind, text: found, at };
  }
  const first = text[at];
  if (first === undefined) throw failed(source, at, "unclosed action");
  const unfinished = UNFINISHED[first];
  if (unfinished !== undefined) throw failed(source, at, unfinished);
  if (first === ":") throw failed(source, at, "expected :=");
  if (first >= "!" && first <= "~") return { kind: "mark", text: first, at };
  throw failed(source, at, `unrecognized character in action: ${character(text, at)}`);
}

/** What may stand right behind a name. */
function endsWord(text: string, at: number): boolean {
  return at >= text.length || /[ \t\r\n.,|:()=]/.test(text[at] ?? "") || text.startsWith("}}", at);
}

/** A character as Go's %#U shows it. */
function character(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  const shown = /\p{Cc}/u.test(String.fromCodePoint(code)) ? "" : ` '${String.fromCodePoint(code)}'`;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}${shown}`;
}

function failed({ name, text }: LexSource, at: number, message: string): TemplateError {
  return new TemplateError(`template: ${name}:${lineOf(text, at)}: ${message}`);
}
