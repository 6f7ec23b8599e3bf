// The tree of a parsed template, and the source text of its expressions as Go prints it in errors.
import type { Value } from "./values.ts";

interface At {
  /** Where it begins, in characters of the template. */
  readonly at: number;
}

export type Node = TextNode | ActionNode | BranchNode | CallNode | JumpNode;

export interface TextNode extends At {
  readonly node: "text";
  readonly text: string;
}

/** A pipeline whose value is printed, unless it sets a variable. */
export interface ActionNode extends At {
  readonly node: "action";
  readonly pipe: PipeNode;
}

export interface BranchNode extends At {
  readonly node: "if" | "range" | "with";
  readonly pipe: PipeNode;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `template "name" pipeline`. */
export interface CallNode extends At {
  readonly node: "template";
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}

export interface JumpNode extends At {
  readonly node: "break" | "continue";
}

export interface PipeNode extends At {
  readonly node: "pipe";
  /** Variables that are declared, or set. */
  readonly variables: readonly string[];
  readonly sets: boolean;
  readonly commands: readonly CommandNode[];
}

export interface CommandNode extends At {
  readonly node: "command";
  readonly words: readonly Operand[];
}

export type Operand =
  | (At & { readonly node: "literal"; readonly value: Value; readonly text: string })
  | (At & { readonly node: "nil" })
  | (At & { readonly node: "dot" })
  | (At & { readonly node: "field"; readonly names: readonly string[] })
  | (At & { readonly node: "variable"; readonly name: string; readonly names: readonly string[] })
  | (At & { readonly node: "function"; readonly name: string })
  /** Fields of what stands in parentheses. */
  | (At & { readonly node: "chain"; readonly of: PipeNode; readonly names: readonly string[] })
  | PipeNode;

/** An expression as text. */
export function sourceOf(node: Operand | CommandNode | ActionNode | BranchNode | CallNode): string {
  switch (node.node) {
    case "literal":
      return node.text;
    case "nil":
      return "nil";
    case "dot":
      return ".";
    case "field":
      return fields(node.names);
    case "variable":
      return `${node.name}${fields(node.names)}`;
    case "function":
      return node.name;
    case "chain":
      return `(${sourceOf(node.of)})${fields(node.names)}`;
    case "command":
      return node.words.map((word) => (word.node === "pipe" ? `(${sourceOf(word)})` : sourceOf(word))).join(" ");
    case "pipe": {
      const variables = node.variables.length === 0 ? "" : `${node.variables.join(", ")} ${node.sets ? "=" : ":="} `;
      return `${variables}${node.commands.map(sourceOf).join(" | ")}`;
    }
    case "action":
      return `{{${sourceOf(node.pipe)}}}`;
    case "template":
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? "" : ` ${sourceOf(node.pipe)}`}}}`;
    default:
      return `{{${node.node} ${sourceOf(node.pipe)}}}`;
  }
}

function fields(names: readonly string[]): string {
  return names.map((name) => `.${name}`).join("");
}
