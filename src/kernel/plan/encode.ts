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
/** What an absent argument has in both halves. */
const ABSENT = -1;
const HALF = 2 ** 32;

/** The blob area while it grows; equal texts are stored once. Whatever is added begins at a multiple of four. */
class Blob {
  #bytes = new Uint8Array(16384);
  #length = 0;
  readonly #texts = new Map<string, readonly [at: number, length: number]>();

  /** Offset and length of a text. */
  text(value: string): readonly [at: number, length: number] {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    const at = this.#room(value.length * 3); // no UTF-16 unit takes more than three bytes
    const { written } = UTF8.encodeInto(value, this.#bytes.subarray(at));
    const range = this.#take(written);
    this.#texts.set(value, range);
    return range;
  }

  add(data: Uint8Array): readonly [at: number, length: number] {
    const at = this.#room(data.length); // before the buffer is looked at: it may become another
    this.#bytes.set(data, at);
    return this.#take(data.length);
  }

  pieces(pieces: readonly Piece[]): readonly [at: number, length: number] {
    const start = this.#room(0);
    for (const piece of pieces) {
      if (typeof piece === "string") this.#literal(UTF8.encode(piece));
      else if (piece instanceof Uint8Array) this.#literal(piece);
      else if ("decimal" in piece) this.#pieceHead(PIECE.decimal, piece.decimal);
      else this.#pieceHead(PIECE.u32, piece.u32);
    }
    return [start, this.#length - start];
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #literal(bytes: Uint8Array): void {
    this.#pieceHead(PIECE.literal, bytes.length);
    this.add(bytes);
  }

  #pieceHead(kind: number, value: number): void {
    const at = this.#room(8);
    new DataView(this.#bytes.buffer).setUint32(at, kind, true);
    new DataView(this.#bytes.buffer).setUint32(at + 4, value, true);
    this.#take(8);
  }

  /** Makes sure that so many bytes can be written at the offset that is returned. */
  #room(bytes: number): number {
    const least = this.#length + bytes + 4;
    if (least > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(least, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#length;
  }

  #take(length: number): readonly [at: number, length: number] {
    const at = this.#length;
    this.#length = (at + length + 3) & ~3;
    return [at, length];
  }
}

function terminated(value: string): string {
  if (value.includes("\0")) throw new TeuError("invalid", `a string of a plan holds a NUL byte: ${JSON.stringify(value)}`);
  return `${value}\0`;
}

/** A 64-bit integer; numbers by halves, because bigint arithmetic is slow where nothing is compiled yet. */
function putInt(view: DataView, at: number, value: number | bigint): void {
  if (typeof value === "bigint") view.setBigInt64(at, BigInt.asIntN(64, value), true);
  else {
    view.setUint32(at, value, true); // the low 32 bits, whatever the sign
    view.setInt32(at + 4, Math.floor(value / HALF), true);
  }
}

function putRange(view: DataView, at: number, [offset, length]: readonly [number, number]): void {
  view.setUint32(at, offset, true);
  view.setUint32(at + 4, length, true);
}

interface Target {
  readonly view: DataView;
  readonly at: number;
  readonly blob: Blob;
}

function putArg(kind: ArgKind, value: Op["args"][string], { view, at, blob }: Target): void {
  if (value === undefined) putInt(view, at, ABSENT);
  else if (kind === "str" || kind === "str?") putRange(view, at, blob.text(terminated(value as string)));
  else if (kind === "list") putRange(view, at, blob.text((value as readonly string[]).map(terminated).join("")));
  else if (kind === "bytes") putRange(view, at, blob.add(value as Uint8Array));
  else if (kind === "pieces") putRange(view, at, blob.pieces(value as readonly Piece[]));
  else putInt(view, at, value as number | bigint); // registers, integers, sections
}

/**
 * Encodes a plan for the launcher.
 * @throws TeuError `invalid` when a string holds a NUL byte.
 */
export function encodePlan(plan: Plan, options: { readonly timings?: boolean } = {}): Uint8Array {
  const count = plan.sections.reduce((sum, section) => sum + section.ops.length, 0);
  const blobAt = HEADER_SIZE + SECTION_SIZE * plan.sections.length + OP_SIZE * count;
  const view = new DataView(new ArrayBuffer(blobAt));
  const blob = new Blob();
  let opAt = HEADER_SIZE + SECTION_SIZE * plan.sections.length;
  let first = 0;
  for (const [index, section] of plan.sections.entries()) {
    putRange(view, HEADER_SIZE + SECTION_SIZE * index, [first, section.ops.length]);
    first += section.ops.length;
    for (const op of section.ops) {
      putOp(op, { view, at: opAt, blob });
      opAt += OP_SIZE;
    }
  }
  const blobBytes = blob.bytes();
  view.setUint32(0, PLAN_MAGIC, true);
  view.setUint16(4, PLAN_VERSION, true);
  view.setUint16(6, options.timings ? PLAN_FLAG.timings : 0, true);
  view.setUint32(8, blobAt + blobBytes.length, true);
  view.setUint32(12, plan.sections.length, true);
  view.setUint32(16, count, true);
  putRange(view, 20, [blobAt, blobBytes.length]);
  const whole = new Uint8Array(blobAt + blobBytes.length);
  whole.set(new Uint8Array(view.buffer));
  whole.set(blobBytes, blobAt);
  return whole;
}

function putOp(op: Op, { view, at, blob }: Target): void {
  const { code, args } = OPS[op.name];
  view.setUint16(at, code, true);
  const flags = (op.optional ? OP_FLAG.optional : 0) | (op.fallback ? OP_FLAG.fallback : 0) | (op.ifSet ? OP_FLAG.ifSet : 0);
  if (flags !== 0) view.setUint16(at + 2, flags, true);
  if (op.tolerate !== undefined)
    for (let index = 0; index < op.tolerate.length; index++) view.setUint8(at + 4 + index, ERRNO[op.tolerate[index] ?? "EPERM"]);
  let argAt = at + 8;
  for (const name in args) {
    putArg((args as Readonly<Record<string, ArgKind>>)[name] ?? "int", op.args[name], { view, at: argAt, blob });
    argAt += 8;
  }
}
