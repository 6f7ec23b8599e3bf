// A plan as one buffer, little-endian (docs/plan.md):
//   header 32 bytes | sections {u32 first, u32 count} | ops, OP_SIZE bytes each | blob
import { ERRNO } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { type ArgKind, MAX_ARGS, OPS, PLAN_VERSION } from "./ops.ts";
import type { Op, Piece, Plan } from "./plan.ts";

export const PLAN_MAGIC = 0x50554554; // "TEUP"
export const HEADER_SIZE = 32;
export const SECTION_SIZE = 8;
export const OP_SIZE = 8 + 8 * MAX_ARGS;

/** Bits of an op's flag word. */
export const OP_FLAG = { optional: 1, fallback: 2, ifSet: 4 } as const;
/** Bits of the header's flag word. */
export const PLAN_FLAG = { timings: 1 } as const;
/** Kinds of piece in a `pieces` argument: {u32 kind, u32 length or register}, a literal's bytes padded to four. */
export const PIECE = { literal: 0, decimal: 1, u32: 2 } as const;

const UTF8 = new TextEncoder();

/** The blob area while it grows; equal strings are stored once. */
class Blob {
  bytes = new Uint8Array(4096);
  length = 0;
  readonly #strings = new Map<string, bigint>();

  /** Appends bytes; the result is offset | length << 32. */
  add(data: Uint8Array): bigint {
    const at = this.length;
    const end = at + data.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(data, at);
    this.length = (end + 3) & ~3;
    return BigInt(at) | (BigInt(data.length) << 32n);
  }

  text(value: string): bigint {
    const known = this.#strings.get(value);
    if (known !== undefined) return known;
    const range = this.add(UTF8.encode(value));
    this.#strings.set(value, range);
    return range;
  }
}

function terminated(value: string): string {
  if (value.includes("\0")) throw new TeuError("invalid", `a string of a plan holds a NUL byte: ${JSON.stringify(value)}`);
  return `${value}\0`;
}

function encodePieces(pieces: readonly Piece[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    const literal = typeof piece === "string" ? UTF8.encode(piece) : piece instanceof Uint8Array ? piece : undefined;
    const head = new DataView(new ArrayBuffer(8));
    if (literal !== undefined) head.setUint32(4, literal.length, true);
    else if (typeof piece === "object" && "decimal" in piece) {
      head.setUint32(0, PIECE.decimal, true);
      head.setUint32(4, piece.decimal, true);
    } else if (typeof piece === "object" && "u32" in piece) {
      head.setUint32(0, PIECE.u32, true);
      head.setUint32(4, piece.u32, true);
    }
    parts.push(new Uint8Array(head.buffer));
    if (literal !== undefined) parts.push(literal, new Uint8Array(-literal.length & 3));
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function encodeArg(kind: ArgKind, value: Op["args"][string], blob: Blob): bigint {
  if (value === undefined) return -1n;
  switch (kind) {
    case "in":
    case "in?":
    case "out":
    case "out?":
    case "int":
    case "section":
      return BigInt.asIntN(64, BigInt(value as number | bigint));
    case "str":
    case "str?":
      return blob.text(terminated(value as string));
    case "list":
      return blob.text((value as readonly string[]).map(terminated).join(""));
    case "bytes":
      return blob.add(value as Uint8Array);
    case "pieces":
      return blob.add(encodePieces(value as readonly Piece[]));
  }
}

/**
 * Encodes a plan for the launcher.
 * @throws TeuError `invalid` when a string holds a NUL byte.
 */
export function encodePlan(plan: Plan, options: { readonly timings?: boolean } = {}): Uint8Array {
  const count = plan.sections.reduce((sum, section) => sum + section.ops.length, 0);
  const blobAt = HEADER_SIZE + SECTION_SIZE * plan.sections.length + OP_SIZE * count;
  const head = new DataView(new ArrayBuffer(blobAt));
  const blob = new Blob();
  let opAt = HEADER_SIZE + SECTION_SIZE * plan.sections.length;
  let first = 0;
  for (const [index, section] of plan.sections.entries()) {
    head.setUint32(HEADER_SIZE + SECTION_SIZE * index, first, true);
    head.setUint32(HEADER_SIZE + SECTION_SIZE * index + 4, section.ops.length, true);
    first += section.ops.length;
    for (const op of section.ops) {
      encodeOp(head, opAt, op, blob);
      opAt += OP_SIZE;
    }
  }
  head.setUint32(0, PLAN_MAGIC, true);
  head.setUint16(4, PLAN_VERSION, true);
  head.setUint16(6, options.timings ? PLAN_FLAG.timings : 0, true);
  head.setUint32(8, blobAt + blob.length, true);
  head.setUint32(12, plan.sections.length, true);
  head.setUint32(16, count, true);
  head.setUint32(20, blobAt, true);
  head.setUint32(24, blob.length, true);
  const whole = new Uint8Array(blobAt + blob.length);
  whole.set(new Uint8Array(head.buffer));
  whole.set(blob.bytes.subarray(0, blob.length), blobAt);
  return whole;
}

function encodeOp(view: DataView, at: number, op: Op, blob: Blob): void {
  const definition = OPS[op.name];
  view.setUint16(at, definition.code, true);
  const flags = (op.optional ? OP_FLAG.optional : 0) | (op.fallback ? OP_FLAG.fallback : 0) | (op.ifSet ? OP_FLAG.ifSet : 0);
  view.setUint16(at + 2, flags, true);
  for (const [index, name] of (op.tolerate ?? []).entries()) view.setUint8(at + 4 + index, ERRNO[name]);
  let argAt = at + 8;
  for (const [name, kind] of Object.entries(definition.args) as [string, ArgKind][]) {
    view.setBigInt64(argAt, encodeArg(kind, op.args[name], blob), true);
    argAt += 8;
  }
}
