// Reads the wire form of a plan (docs/plan.md) back into ops, written from the document alone, so that the encoder is not its own judge.
import { ERRNO, type Errno } from "../../base/errno.ts";
import { HEADER_SIZE, OP_FLAG, OP_SIZE, PIECE, SECTION_SIZE } from "./encode.ts";
import { type ArgKind, OPS, type OpName } from "./ops.ts";

export interface DecodedOp {
  readonly name: OpName;
  readonly flags: readonly (keyof typeof OP_FLAG)[];
  readonly tolerate: readonly Errno[];
  /** Absent arguments are left out. */
  readonly args: Readonly<Record<string, unknown>>;
}

export interface DecodedPlan {
  readonly magic: string;
  readonly version: number;
  readonly flags: number;
  readonly total: number;
  readonly sections: readonly (readonly DecodedOp[])[];
  readonly blobLength: number;
}

const UTF8 = new TextDecoder();
const BY_CODE = new Map(Object.entries(OPS).map(([name, { code }]) => [code as number, name as OpName]));
const BY_ERRNO = new Map(Object.entries(ERRNO).map(([name, number]) => [number as number, name as Errno]));

/** Decodes bytes. @throws RangeError or Error where they break the document's rules */
export function decodePlan(bytes: Uint8Array): DecodedPlan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [total, sections, ops, blobAt, blobLength] = [8, 12, 16, 20, 24].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const opsAt = HEADER_SIZE + SECTION_SIZE * sections;
  if (total !== bytes.length || blobAt !== opsAt + OP_SIZE * ops || blobAt + blobLength !== total)
    throw new Error("lengths that do not add up");
  const blob = bytes.subarray(blobAt);
  let next = 0;
  const decoded = Array.from({ length: sections }, (_, index) => {
    const [first, count] = [0, 4].map((at) => view.getUint32(HEADER_SIZE + SECTION_SIZE * index + at, true)) as [number, number];
    if (first !== next) throw new Error(`section ${index} begins at op ${first} instead of ${next}`);
    next += count;
    return Array.from({ length: count }, (__, op) => decodeOp(view, opsAt + OP_SIZE * (first + op), blob));
  });
  if (next !== ops) throw new Error("ops that belong to no section");
  return {
    magic: UTF8.decode(bytes.subarray(0, 4)),
    version: view.getUint16(4, true),
    flags: view.getUint16(6, true),
    total,
    sections: decoded,
    blobLength,
  };
}

function decodeOp(view: DataView, at: number, blob: Uint8Array): DecodedOp {
  const name = BY_CODE.get(view.getUint16(at, true));
  if (name === undefined) throw new Error(`no op has code ${view.getUint16(at, true)}`);
  const bits = view.getUint16(at + 2, true);
  const flags = (Object.keys(OP_FLAG) as (keyof typeof OP_FLAG)[]).filter((flag) => bits & OP_FLAG[flag]);
  const tolerate = [4, 5, 6, 7].map((offset) => view.getUint8(at + offset)).flatMap((errno) => BY_ERRNO.get(errno) ?? []);
  const kinds = Object.entries<ArgKind>(OPS[name].args);
  const args = kinds.flatMap(([arg, kind], index) => {
    const value = decodeArg(kind, view.getBigInt64(at + 8 + 8 * index, true), blob);
    return value === undefined ? [] : [[arg, value]];
  });
  return { name, flags, tolerate, args: Object.fromEntries(args) };
}

function decodeArg(kind: ArgKind, raw: bigint, blob: Uint8Array): unknown {
  if (kind === "int") return raw;
  if (raw === -1n) return undefined;
  if (kind.startsWith("in") || kind.startsWith("out") || kind === "section") return Number(raw);
  const [offset, length] = [Number(raw & 0xffff_ffffn), Number(raw >> 32n)];
  if (offset + length > blob.length) throw new RangeError("a range that leaves the blob");
  const range = blob.subarray(offset, offset + length);
  if (kind === "bytes") return range;
  if (kind === "pieces") return decodePieces(range);
  const texts = UTF8.decode(range).split("\0");
  if (texts.pop() !== "") throw new Error("a string that does not end in NUL");
  return kind === "list" ? texts : texts.join("\0");
}

function decodePieces(range: Uint8Array): unknown[] {
  const view = new DataView(range.buffer, range.byteOffset, range.byteLength);
  const pieces: unknown[] = [];
  for (let at = 0; at < range.length; ) {
    const [kind, count] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    at += 8;
    if (kind === PIECE.decimal) pieces.push({ decimal: count });
    else if (kind === PIECE.u32) pieces.push({ u32: count });
    else {
      pieces.push(UTF8.decode(range.subarray(at, at + count)));
      at += (count + 3) & ~3;
    }
  }
  return pieces;
}
