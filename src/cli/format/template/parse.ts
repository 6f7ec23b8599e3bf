// Makes a tree of a Go template: text/template's grammar, with its rules on variables, and its words for what is wrong.
import { TemplateError } from "./error.ts";
import { type LexSource, lex, lineOf, type Token } from "./lex.ts";
import { characterCode, parseNumber, unquote } from "./literals.ts";
import { type CommandNode, type Node, type Operand, type PipeNode, sourceOf } from "./nodes.ts";

/** The trees of a template by name; what is outside of every `define` has the template's own name. */
export type Trees = ReadonlyMap<string, readonly Node[]>;

/** Longest template, in characters, and how deep parentheses and blocks may stand in each other. */
const MOST_TEXT = 64 * 1024;
const MOST_DEPTH = 100;

const KEYWORDS: ReadonlySet<string> = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);

/** @throws TemplateError for what is no template, or uses a function that `isFunction` does not know */
export function parseTrees(source: LexSource, isFunction: (name: string) => boolean): Trees {
  if (source.text.length > MOST_TEXT) throw new TemplateError(`template: ${source.name}: longer than ${MOST_TEXT} characters`);
  return new Parser(source, isFunction).trees();
}

type Stop = { readonly word: "end" | "else"; readonly token: Token };

class Parser {
  readonly #source: LexSource;
  readonly #isFunction: (name: string) => boolean;
  readonly #tokens: readonly Token[];
  #next = 0;
  #variables: string[] = ["$"];
  #ranges = 0;
  #depth = 0;
  readonly #trees = new Map<string, readonly Node[]>();

  constructor(source: LexSource, isFunction: (name: string) => boolean) {
    this.#source = source;
    this.#isFunction = isFunction;
    this.#tokens = lex(source);
  }

  trees(): Trees {
    const main: Node[] = [];
    while (this.#peek().kind !== "end") {
      const node = this.#textOrAction({ top: true });
      if (node === undefined) continue;
      if ("word" in node) throw this.#failed(`unexpected {{${node.word}}}`, node.token);
      main.push(node);
    }
    if (!this.#trees.has(this.#source.name) || main.some((node) => node.node !== "text" || node.text.trim() !== ""))
      this.#trees.set(this.#source.name, main);
    return this.#trees;
  }

  /** One node; a word that ends the list around it; or nothing, for what only defines. */
  #textOrAction({ top }: { readonly top: boolean }): Node | Stop | undefined {
    const token = this.#take();
    if (token.kind === "text") return { node: "text", at: token.at, text: token.text };
    if (token.kind !== "open") throw this.#unexpected(token, "input");
    const first = this.#peekWord();
    if (first.kind !== "word" || !KEYWORDS.has(first.text)) return this.#action();
    switch (first.text) {
      case "define":
        if (!top) throw this.#unexpected(this.#takeWord(), "command");
        this.#takeWord();
        this.#define(this.#templateName("define clause"), "define clause");
        return undefined;
      case "block":
        return this.#block();
      case "template":
        return this.#call();
      case "break":
      case "continue":
        return this.#jump();
      case "if":
      case "range":
      case "with":
        return this.#branch(first.text);
      case "end":
        this.#takeWord();
        this.#close("end");
        return { word: "end", token: first };
      case "else":
        this.#takeWord();
        if (!["if", "with"].includes(this.#peekWord().text)) this.#close("else");
        return { word: "else", token: first };
      default:
        return this.#action();
    }
  }

  #action(): Node {
    const at = this.#peekWord().at;
    return { node: "action", at, pipe: this.#pipeline("command", "close") };
  }

  /** A list up to its `end` or `else`. */
  #list(): { readonly nodes: readonly Node[]; readonly stop: Stop } {
    const nodes: Node[] = [];
    while (this.#peek().kind !== "end") {
      const node = this.#textOrAction({ top: false });
      if (node === undefined) continue;
      if ("word" in node) return { nodes, stop: node };
      nodes.push(node);
    }
    throw this.#failed("unexpected EOF", this.#peek());
  }

  #branch(word: "if" | "range" | "with"): Node {
    const { at } = this.#takeWord();
    return this.#deeper(() => {
      const variables = this.#variables.length;
      const pipe = this.#pipeline(word, "close");
      if (word === "range") this.#ranges++;
      const { nodes: body, stop } = this.#list();
      if (word === "range") this.#ranges--;
      const otherwise = stop.word === "end" ? [] : this.#otherwise(word);
      this.#variables.length = variables;
      return { node: word, at, pipe, body, otherwise };
    });
  }

  /** What stands behind `else`; `else if` is a branch of its own that shares the `end`. */
  #otherwise(word: "if" | "range" | "with"): readonly Node[] {
    const chained = this.#peekWord().text;
    if (chained === word && chained !== "range") return [this.#branch(chained)];
    if (this.#peekWord().kind === "word") throw this.#unexpected(this.#takeWord(), "else");
    const { nodes, stop } = this.#list();
    if (stop.word !== "end") throw this.#failed("expected end; found {{else}}", stop.token);
    return nodes;
  }

  #jump(): Node {
    const { text, at } = this.#takeWord();
    if (this.#ranges === 0) throw this.#failed(`{{${text}}} outside {{range}}`, this.#peek());
    this.#close(text);
    return { node: text === "break" ? "break" : "continue", at };
  }

  #call(): Node {
    this.#takeWord();
    const { at } = this.#peekWord();
    const name = this.#templateName("template clause");
    if (this.#peekWord().kind !== "close") return { node: "template", at, name, pipe: this.#pipeline("template clause", "close") };
    this.#takeWord();
    return { node: "template", at, name, pipe: undefined };
  }

  /** `block` defines a template and calls it. */
  #block(): Node {
    this.#takeWord();
    const { at } = this.#peekWord();
    const name = this.#templateName("block clause");
    const pipe = this.#pipeline("block clause", "close");
    this.#define(name, undefined);
    return { node: "template", at, name, pipe };
  }

  /** The body of a template, whose variables are its own. `context` when its opening is still to be closed. */
  #define(name: string, context: string | undefined): void {
    if (context !== undefined) this.#close(context);
    const [variables, ranges] = [this.#variables, this.#ranges];
    this.#variables = ["$"];
    this.#ranges = 0;
    const { nodes, stop } = this.#deeper(() => this.#list());
    if (stop.word !== "end") throw this.#failed(`unexpected {{else}} in ${context ?? "block clause"}`, stop.token);
    [this.#variables, this.#ranges] = [variables, ranges];
    this.#trees.set(name, nodes);
  }

  #templateName(context: string): string {
    const token = this.#takeWord();
    const name = token.kind === "string" || token.kind === "raw" ? unquote(token.text) : undefined;
    if (name === undefined) throw this.#unexpected(token, context);
    return name;
  }

  #pipeline(context: string, end: "close" | ")"): PipeNode {
    const { at } = this.#peekWord();
    const { variables, sets } = this.#declarations(context);
    const commands: CommandNode[] = [];
    while (!this.#ends(this.#peekWord(), end)) commands.push(this.#command(context));
    this.#takeWord();
    if (commands.length === 0) throw this.#failed(`missing value for ${context}`, this.#peek());
    for (const [stage, { words }] of commands.entries()) {
      if (stage > 0 && ["literal", "nil", "dot"].includes(words[0]?.node ?? ""))
        throw this.#failed(`non executable command in pipeline stage ${stage + 1}`, this.#peek());
    }
    return { node: "pipe", at, variables, sets, commands };
  }

  #ends(token: Token, end: "close" | ")"): boolean {
    return end === "close" ? token.kind === "close" : token.text === ")" && token.kind === "mark";
  }

  /** `$x :=`, `$x =`, and of a range `$i, $x :=`. */
  #declarations(context: string): Pick<PipeNode, "variables" | "sets"> {
    const variables: string[] = [];
    while (this.#peekWord().kind === "variable") {
      const start = this.#next;
      const { text: name } = this.#takeWord();
      const mark = this.#peekWord();
      if (mark.kind === "mark" && mark.text === "," && context === "range" && variables.length === 0) {
        variables.push(name);
        this.#takeWord();
        if (this.#peekWord().kind !== "variable") throw this.#failed("range can only initialize variables", this.#peekWord());
        continue;
      }
      if (mark.text === ",") throw this.#failed(`too many declarations in ${context}`, mark);
      if (mark.kind !== "mark" || (mark.text !== ":=" && mark.text !== "=")) {
        this.#next = start;
        break;
      }
      this.#takeWord();
      const sets = mark.text === "=";
      for (const known of [...variables, name]) {
        if (!sets) this.#variables.push(known);
        else if (!this.#variables.includes(known)) throw this.#failed(`undefined variable ${JSON.stringify(known)}`, mark);
      }
      return { variables: [...variables, name], sets };
    }
    return { variables: [], sets: false };
  }

  #command(context: string): CommandNode {
    const { at } = this.#peekWord();
    const words: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand === undefined && words.length === 0) throw this.#unexpected(this.#takeWord(), context);
      if (operand !== undefined) words.push(operand);
      const token = this.#take();
      if (token.kind === "space" && operand !== undefined) continue;
      if (token.kind === "mark" && token.text === "|" && words.length > 0) {
        return { node: "command", at, words };
      }
      if (token.kind !== "close" && token.text !== ")") throw this.#unexpected(token, "operand");
      this.#next--;
      return { node: "command", at, words };
    }
  }

  /** A term with the fields behind it. Go places `.A.B` where its second field begins; so do its errors, and ours. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().kind !== "field") return term;
    const { at } = this.#peek();
    const names: string[] = [];
    while (this.#peek().kind === "field") names.push(this.#take().text.slice(1));
    switch (term.node) {
      case "field":
      case "variable":
        return { ...term, at, names: [...term.names, ...names] };
      case "pipe":
        return { node: "chain", at, of: term, names };
      case "function": {
        const commands: readonly CommandNode[] = [{ node: "command", at: term.at, words: [term] }];
        const of: PipeNode = { node: "pipe", at: term.at, variables: [], sets: false, commands };
        return { node: "chain", at, of, names };
      }
      default:
        throw this.#failed(`unexpected . after term ${JSON.stringify(sourceOf(term))}`, this.#peek());
    }
  }

  #term(): Operand | undefined {
    const token = this.#peekWord();
    const { kind, text, at } = token;
    const literal = (value: unknown, problem: string): Operand => {
      this.#takeWord();
      if (value === undefined) throw this.#failed(problem, token);
      return { node: "literal", at, text, value: value as Extract<Operand, { node: "literal" }>["value"] };
    };
    switch (kind) {
      case "string":
      case "raw":
        return literal(unquote(text), "invalid syntax");
      case "char":
        return literal(characterCode(text), `malformed character constant: ${text}`);
      case "number":
        return literal(parseNumber(text), `${/^[+-]?\d+$/.test(text) ? "integer overflow" : "bad number syntax"}: ${JSON.stringify(text)}`);
      case "dot":
        this.#takeWord();
        return { node: "dot", at };
      case "field":
        this.#takeWord();
        return { node: "field", at, names: [text.slice(1)] };
      case "variable":
        this.#takeWord();
        if (!this.#variables.includes(text)) throw this.#failed(`undefined variable ${JSON.stringify(text)}`, token);
        return { node: "variable", at, name: text, names: [] };
      case "word":
        return this.#word(token);
      default:
        if (text !== "(" || kind !== "mark") return undefined;
        this.#takeWord();
        return this.#deeper(() => this.#pipeline("parenthesized pipeline", ")"));
    }
  }

  #word(token: Token): Operand | undefined {
    const { text, at } = token;
    if (text !== "nil" && KEYWORDS.has(text)) return undefined;
    this.#takeWord();
    if (text === "nil") return { node: "nil", at };
    if (text === "true" || text === "false") return { node: "literal", at, text, value: text === "true" };
    if (!this.#isFunction(text)) throw this.#failed(`function ${JSON.stringify(text)} not defined`, token);
    return { node: "function", at, name: text };
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > MOST_DEPTH) throw this.#failed("exceeded maximum template depth", this.#peek());
    const result = parse();
    this.#depth--;
    return result;
  }

  #close(context: string): void {
    const token = this.#takeWord();
    if (token.kind !== "close") throw this.#unexpected(token, context);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: this.#source.text.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  /** The next token that is no space. */
  #peekWord(): Token {
    while (this.#peek().kind === "space") this.#next++;
    return this.#peek();
  }

  #takeWord(): Token {
    this.#peekWord();
    return this.#take();
  }

  #unexpected(token: Token, context: string): TemplateError {
    const { kind, text } = token;
    if (kind === "end") return this.#failed("unexpected EOF", token);
    const keyword = kind === "dot" || (kind === "word" && KEYWORDS.has(text));
    const quoted = text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
    return this.#failed(`unexpected ${keyword ? `<${text}>` : quoted} in ${context}`, token);
  }

  #failed(message: string, { at }: Token): TemplateError {
    return new TemplateError(`template: ${this.#source.name}:${lineOf(this.#source.text, at)}: ${message}`);
  }
}
