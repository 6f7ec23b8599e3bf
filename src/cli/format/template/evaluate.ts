// Executes a parsed Go template on data. Bounded in steps, depth and output, so that a template of a stranger ends.
import { TemplateError } from "./error.ts";
import type { FunctionTable, Parameter } from "./functions.ts";
import { type LexSource, lineOf } from "./lex.ts";
import { type BranchNode, type CallNode, type CommandNode, type Node, type Operand, type PipeNode, sourceOf } from "./nodes.ts";
import type { Trees } from "./parse.ts";
import { printValue } from "./print-value.ts";
import { isList, isMap, isTrue, kindOf, lookUp, Structure, sortedKeys, typeNameOf, type Value } from "./values.ts";

export interface ExecuteOptions {
  readonly functions: FunctionTable;
  /** What a map gives for a key that it does not have: no value, or an error (docker inspect). */
  readonly missingKey: "no value" | "error";
}

/** Nodes evaluated, templates called in each other, and characters printed or made on the way. */
const MOST_STEPS = 2_000_000;
const MOST_CALLS = 500;
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** @throws TemplateError in Go's words */
export function execute(source: LexSource, trees: Trees, data: Value, options: ExecuteOptions): string {
  return new Execution(source, trees, options).run(data);
}

interface Variable {
  readonly name: string;
  value: Value;
}

type Spot = Operand | CommandNode | CallNode | BranchNode;

/** How a list ended. */
type Ended = "break" | "continue" | undefined;

class Execution {
  readonly #source: LexSource;
  readonly #trees: Trees;
  readonly #options: ExecuteOptions;
  readonly #output: string[] = [];
  #name: string;
  #variables: Variable[] = [];
  #steps = 0;
  #calls = 0;
  #characters = 0;

  constructor(source: LexSource, trees: Trees, options: ExecuteOptions) {
    this.#source = source;
    this.#trees = trees;
    this.#options = options;
    this.#name = source.name;
  }

  run(data: Value): string {
    this.#variables = [{ name: "$", value: data }];
    this.#list(this.#trees.get(this.#source.name) ?? [], data);
    return this.#output.join("");
  }

  #list(nodes: readonly Node[], dot: Value): Ended {
    for (const node of nodes) {
      const ended = this.#node(node, dot);
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  #node(node: Node, dot: Value): Ended {
    this.#step();
    switch (node.node) {
      case "text":
        this.#print(node.text);
        return undefined;
      case "action": {
        const value = this.#pipeline(node.pipe, dot);
        if (node.pipe.variables.length === 0) this.#print(value === null || value === undefined ? this.#nothing(value) : printValue(value));
        return undefined;
      }
      case "template":
        this.#call(node, dot);
        return undefined;
      case "range":
        return this.#scoped(() => this.#range(node, dot));
      case "if":
      case "with":
        return this.#scoped(() => {
          const value = this.#pipeline(node.pipe, dot);
          if (isTrue(value)) return this.#list(node.body, node.node === "with" ? value : dot);
          return this.#list(node.otherwise, dot);
        });
      default:
        return node.node;
    }
  }

  /** What docker inspects is typed: nil is a pointer there. */
  #nothing(value: null | undefined): string {
    return value === null && this.#options.missingKey === "error" ? "<nil>" : "<no value>";
  }

  /** Variables end with the block that they were declared in. */
  #scoped<T>(body: () => T): T {
    const known = this.#variables.length;
    const result = body();
    this.#variables.length = known;
    return result;
  }

  #range(node: BranchNode, dot: Value): Ended {
    const items = this.#items(node, this.#pipeline(node.pipe, dot));
    const declared = this.#variables.length;
    const { variables, sets } = node.pipe;
    let empty = true;
    for (const [key, item] of items) {
      this.#step();
      empty = false;
      if (!sets) this.#variables.length = declared;
      const names = variables.length === 2 ? [key, item] : [item];
      for (const [at, name] of variables.entries()) this.#assign(name, names[at]);
      if (this.#list(node.body, item) === "break") break;
    }
    return empty ? this.#list(node.otherwise, dot) : undefined;
  }

  /** Keys and values that a range goes through; the numbers below a number; nothing is an empty list. */
  *#items(node: BranchNode, value: Value): Iterable<readonly [Value, Value]> {
    if (isList(value)) yield* value.entries();
    else if (isMap(value)) {
      const keys = sortedKeys(value);
      this.#step(keys.length); // they were all sorted, however few are used
      for (const key of keys) yield [key, value[key]];
    } else if (typeof value === "number" && kindOf(value) === "int") for (let at = 0; at < value; at++) yield [at, at];
    else if (kindOf(value) !== "nil") throw this.#failed(`range can't iterate over ${printValue(value)}`, node.pipe);
  }

  #call(node: CallNode, dot: Value): void {
    const tree = this.#trees.get(node.name);
    if (tree === undefined) throw this.#failed(`template ${JSON.stringify(node.name)} not defined`, node);
    if (++this.#calls > MOST_CALLS) throw this.#failed(`exceeded maximum template depth (${MOST_CALLS})`, node);
    const data = node.pipe === undefined ? undefined : this.#pipeline(node.pipe, dot);
    const [variables, name] = [this.#variables, this.#name];
    this.#variables = [{ name: "$", value: data }];
    this.#name = node.name;
    this.#list(tree, data);
    [this.#variables, this.#name] = [variables, name];
    this.#calls--;
  }

  #pipeline(pipe: PipeNode, dot: Value): Value {
    let value: readonly [Value] | undefined;
    for (const command of pipe.commands) value = [this.#command(command, dot, value)];
    const [result] = value ?? [];
    if (pipe.sets) for (const name of pipe.variables) this.#set(name, result);
    else for (const name of pipe.variables) this.#variables.push({ name, value: result });
    return result;
  }

  /** Sets a variable of a range: one that its pipeline declared, or one from outside. */
  #assign(name: string, value: Value): void {
    if (this.#variables.some((variable) => variable.name === name)) this.#set(name, value);
    else this.#variables.push({ name, value });
  }

  #set(name: string, value: Value): void {
    const variable = this.#variables.findLast((known) => known.name === name);
    if (variable !== undefined) variable.value = value; // the parser knows them all
  }

  /** `final` is the value of the command before the |. */
  #command(command: CommandNode, dot: Value, final: readonly [Value] | undefined): Value {
    this.#step();
    const [first, ...rest] = command.words;
    if (first === undefined) return undefined; // the parser makes none
    if (first.node === "function") return this.#function(first, { command, rest, dot, final });
    const hasArguments = rest.length > 0 || final !== undefined;
    if (first.node === "field" || first.node === "chain" || (first.node === "variable" && first.names.length > 0)) {
      const name = first.names.at(-1) ?? "";
      const method = this.#method(first, name, dot);
      if (method !== undefined) {
        const args = [...rest.map((operand) => this.#argument(operand, dot, "string")), ...(final ?? [])];
        if (args.length !== 1) throw this.#failed(`wrong number of args for ${name}: want 1 got ${args.length}`, first);
        return method(String(this.#checked(args[0], "string", first)));
      }
      if (hasArguments) throw this.#failed(`${name} is not a method but has arguments`, first);
    }
    if (hasArguments) throw this.#failed(`can't give argument to non-function ${sourceOf(first)}`, first);
    if (first.node === "nil") throw this.#failed("nil is not a command", first);
    return this.#operand(first, dot);
  }

  /** The method that a command's first word names; only structures have any. */
  #method(first: Extract<Operand, { readonly names: readonly string[] }>, name: string, dot: Value): ((text: string) => Value) | undefined {
    if (first.node === "chain" || first.names.length !== 1) return undefined;
    const receiver = first.node === "field" ? dot : this.#variables.findLast((known) => known.name === first.name)?.value;
    return receiver instanceof Structure ? receiver.method(name) : undefined;
  }

  #operand(node: Operand, dot: Value): Value {
    this.#step();
    switch (node.node) {
      case "literal":
        return node.value;
      case "nil":
        return null;
      case "dot":
        return dot;
      case "field":
        return this.#fields(dot, node);
      case "variable":
        return this.#fields(this.#variables.findLast(({ name }) => name === node.name)?.value, node);
      case "function":
        return this.#function(node, { command: node, rest: [], dot, final: undefined });
      case "chain":
        return this.#fields(this.#pipeline(node.of, dot), node);
      case "pipe":
        return this.#scoped(() => this.#pipeline(node, dot));
    }
  }

  #fields(receiver: Value, node: Extract<Operand, { readonly names: readonly string[] }>): Value {
    return node.names.reduce((value, name) => this.#field(value, name, node), receiver);
  }

  #field(receiver: Value, name: string, node: Operand): Value {
    if (receiver instanceof Structure) {
      if (receiver.has(name)) return receiver.field(name);
    } else if (isMap(receiver)) {
      const value = lookUp(receiver, name);
      if (value === undefined && this.#options.missingKey === "error")
        throw this.#failed(`map has no entry for key ${JSON.stringify(name)}`, node);
      return value;
    } else if (receiver === null || receiver === undefined) {
      if (receiver === null && this.#options.missingKey === "error")
        throw this.#failed(`nil data; no entry for key ${JSON.stringify(name)}`, node);
      return undefined; // an absent map of labels is an empty one
    }
    throw this.#failed(`can't evaluate field ${name} in type ${typeNameOf(receiver)}`, node);
  }

  #function(
    node: Extract<Operand, { readonly node: "function" }>,
    given: {
      readonly command: CommandNode | Operand;
      readonly rest: readonly Operand[];
      readonly dot: Value;
      readonly final: readonly [Value] | undefined;
    },
  ): Value {
    const { name } = node;
    const { rest, final, dot } = given;
    const count = rest.length + (final === undefined ? 0 : 1);
    if (name === "and" || name === "or") return this.#andOr(node, { ...given, count });
    const definition = Object.hasOwn(this.#options.functions, name) ? this.#options.functions[name] : undefined;
    if (definition === undefined) throw this.#failed(`${JSON.stringify(name)} is not a defined function`, node);
    const { parameters, rest: more } = definition;
    if (count < parameters.length || (count > parameters.length && more === undefined))
      throw this.#failed(
        `wrong number of args for ${name}: want ${more === undefined ? "" : "at least "}${parameters.length} got ${count}`,
        node,
      );
    const typeOf = (at: number): Parameter => parameters[at] ?? more ?? "any";
    const args = rest.map((operand, at) => this.#argument(operand, dot, typeOf(at)));
    if (final !== undefined) args.push(this.#checked(final[0], typeOf(rest.length), node));
    for (const arg of args) if (typeof arg === "string") this.#spend(arg.length); // what a function does takes time, too
    try {
      const result = definition.call(args, (characters) => this.#spend(characters));
      if (typeof result === "string") this.#spend(result.length); // js doubles
      return result;
    } catch (error) {
      if (error instanceof TemplateError || !(error instanceof Error)) throw error;
      throw this.#failed(`error calling ${name}: ${error.message}`, given.command);
    }
  }

  /** The first argument that decides, or the last; what is behind it is not evaluated. */
  #andOr(
    node: Extract<Operand, { readonly node: "function" }>,
    {
      rest,
      dot,
      final,
      count,
    }: { readonly rest: readonly Operand[]; readonly dot: Value; readonly final: readonly [Value] | undefined; readonly count: number },
  ): Value {
    if (count === 0) throw this.#failed(`wrong number of args for ${node.name}: want at least 1 got 0`, node);
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (node.name === "or")) return value;
    }
    return final === undefined ? value : final[0];
  }

  #argument(operand: Operand, dot: Value, parameter: Parameter): Value {
    const value = this.#operand(operand, dot);
    if (operand.node === "literal" && parameter !== "any" && !fits(value, parameter))
      throw this.#failed(`expected ${PARAMETER_TYPES[parameter]}; found ${operand.text}`, operand);
    return this.#checked(value, parameter, operand);
  }

  #checked(value: Value, parameter: Parameter, spot: Operand): Value {
    if (fits(value, parameter)) return value;
    if (kindOf(value) === "nil") throw this.#failed(`invalid value; expected ${PARAMETER_TYPES[parameter]}`, spot);
    throw this.#failed(`wrong type for value; expected ${PARAMETER_TYPES[parameter]}; got ${typeNameOf(value)}`, spot);
  }

  #print(text: string): void {
    this.#spend(text.length);
    this.#output.push(text);
  }

  #step(count = 1): void {
    this.#steps += count;
    if (this.#steps > MOST_STEPS) throw new TemplateError(`template: ${this.#source.name}: takes more than ${MOST_STEPS} steps`);
  }

  #spend(characters: number): void {
    this.#characters += characters;
    if (this.#characters > MOST_CHARACTERS)
      throw new TemplateError(`template: ${this.#source.name}: makes more than ${MOST_CHARACTERS} characters`);
  }

  /** Go counts the column in bytes from 0. */
  #failed(message: string, node: Spot): TemplateError {
    const { name, text } = this.#source;
    const column = Buffer.byteLength(text.slice(text.lastIndexOf("\n", node.at - 1) + 1, node.at));
    const where = `template: ${name}:${lineOf(text, node.at)}:${column}`;
    return new TemplateError(`${where}: executing ${JSON.stringify(this.#name)} at <${sourceOf(node)}>: ${message}`);
  }
}

const PARAMETER_TYPES: Readonly<Record<Parameter, string>> = { any: "interface {}", string: "string", int: "int", list: "[]string" };

function fits(value: Value, parameter: Parameter): boolean {
  switch (parameter) {
    case "any":
      return true;
    case "list":
      return isList(value) || value === null;
    default:
      return kindOf(value) === parameter;
  }
}
