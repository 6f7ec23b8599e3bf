// Prints a plan for people: a line an op, with where each came from. `teu run --explain` and the goldens show this text.
import { type ArgKind, OPS, type OpName } from "./ops.ts";
import type { Item, Op, Piece, Plan } from "./plan.ts";

const SECTION_TITLE = {
  host: "host: the launcher, in the caller's namespaces",
  join: "join: a process that enters namespaces and makes the child from there",
  child: "child: in the new namespaces, until it becomes the container",
  exec: "exec: a process that enters a running container",
  networks: "networks: a process in the network namespace of the user's networks",
  idmap: "idmap: a process that only holds a user namespace for idmapped mounts",
} as const;

const MAX_TEXT = 96;

/** Arguments that people read in octal: file modes (inode(7)) and the mask of them. */
const OCTAL: Partial<Record<OpName, string>> = {
  open: "mode",
  openIn: "mode",
  makeIn: "mode",
  mkdir: "mode",
  putFile: "mode",
  mknod: "mode",
  umask: "mask",
};

/**
 * A plan as text, one op a line: number, name, arguments, result registers, and after `#` the field it came from.
 * The numbers are those of the launcher's report.
 */
export function explainPlan(plan: Plan): string {
  const lines: string[] = [];
  let number = 0;
  for (const [index, section] of plan.sections.entries()) {
    lines.push(`${index} ${SECTION_TITLE[section.name]}`);
    for (const op of section.ops) lines.push(explainOp(op, number++, plan.registers), ...(op.items ?? []).map(explainItem));
  }
  return `${lines.join("\n")}\n`;
}

/** The plan as plain JSON data: numbers as in the text, registers by name, bytes as a length. */
export function planAsJson(plan: Plan): unknown {
  let number = 0;
  return {
    sections: plan.sections.map((section) => ({
      name: section.name,
      ops: section.ops.map((op) => ({
        number: number++,
        ...op,
        args: Object.fromEntries(Object.keys(definition(op)).map((name) => [name, argAsText(op, name, plan.registers)])),
      })),
    })),
  };
}

function definition(op: Op): Readonly<Record<string, ArgKind>> {
  return OPS[op.name].args;
}

function explainOp(op: Op, number: number, registers: readonly string[]): string {
  const shown: string[] = [];
  const results: string[] = [];
  for (const [name, kind] of Object.entries(definition(op))) {
    const value = op.args[name];
    if (value === undefined) continue;
    const text = argAsText(op, name, registers);
    if (kind === "out" || kind === "out?") results.push(text);
    else shown.push(`${name}=${text}`);
  }
  const marks = [
    ...(op.optional ? ["optional"] : []),
    ...(op.fallback ? ["fallback"] : []),
    ...(op.ifSet ? ["if set"] : []),
    ...(op.tolerate === undefined ? [] : [`may ${op.tolerate.join(" ")}`]),
  ];
  const result = results.length === 0 ? "" : ` -> ${results.join(", ")}`;
  const policy = marks.length === 0 ? "" : ` [${marks.join(", ")}]`;
  return `${String(number).padStart(4)}  ${op.name.padEnd(13)} ${shown.join(" ")}${result}${policy}  # ${op.from}`;
}

function explainItem({ doing, subject }: Item): string {
  return `        - ${JSON.stringify(`${doing}: ${subject}`).slice(1, -1)}`; // escaped: a name is no line of its own
}

function argAsText(op: Op, name: string, registers: readonly string[]): string {
  const value = op.args[name];
  if (value === undefined) return "-";
  switch (definition(op)[name]) {
    case "in":
    case "in?":
    case "out":
    case "out?":
      return registerName(value as number, registers);
    case "int":
      return OCTAL[op.name] === name ? octal(value as number | bigint) : integer(value as number | bigint);
    case "str":
    case "str?":
      return shorten(JSON.stringify(value));
    case "list":
      return shorten(JSON.stringify(value));
    case "bytes":
      return `<${(value as Uint8Array).length} bytes>`;
    case "pieces":
      return shorten((value as readonly Piece[]).map((piece) => pieceAsText(piece, registers)).join("+"));
    default:
      return String(value);
  }
}

function registerName(register: number, registers: readonly string[]): string {
  return `r${register}(${registers[register] ?? "?"})`;
}

function pieceAsText(piece: Piece, registers: readonly string[]): string {
  if (typeof piece === "string") return JSON.stringify(piece);
  if (piece instanceof Uint8Array) return `<${piece.length} bytes>`;
  return "decimal" in piece ? `decimal ${registerName(piece.decimal, registers)}` : `u32 ${registerName(piece.u32, registers)}`;
}

function octal(value: number | bigint): string {
  return value === 0 ? "0" : `0${value.toString(8)}`;
}

/** Small numbers in decimal, masks in hexadecimal. */
function integer(value: number | bigint): string {
  return value < 4096 && value > -4096 ? String(value) : `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
