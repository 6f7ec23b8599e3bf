// Bytes to D-Bus values (D-Bus Specification, "Wire Format"). Bounds are checked at every step: the bytes are a peer's.
import { ALIGNMENT, completeTypes, type DBusValue, memberTypes } from "./signature.ts";

const TEXT = new TextDecoder("utf-8", { fatal: true });

/** Where reading has come to. */
interface Cursor {
  readonly view: DataView;
  readonly little: boolean;
  at: number;
  depth: number;
}

export interface Unmarshalled {
  readonly values: DBusValue[];
  /** Offset of the first byte after the values. */
  readonly end: number;
}

/**
 * Unmarshals the values of a signature. Integers of up to 32 bits are numbers, of 64 bigints; `ay` is bytes.
 * @throws RangeError for bytes that are not well-formed
 */
export function unmarshal(
  signature: string,
  bytes: Uint8Array,
  options: { readonly little?: boolean; readonly at?: number } = {},
): Unmarshalled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { view, little: options.little ?? true, at: options.at ?? 0, depth: 0 };
  const values = completeTypes(signature).map((type) => take(cursor, type));
  return { values, end: cursor.at };
}

function take(cursor: Cursor, type: string): DBusValue {
  align(cursor, ALIGNMENT[type.charAt(0)] ?? 1);
  const { view, little } = cursor;
  switch (type.charAt(0)) {
    case "y":
      return view.getUint8(advance(cursor, 1));
    case "b":
      return view.getUint32(advance(cursor, 4), little) !== 0;
    case "n":
      return view.getInt16(advance(cursor, 2), little);
    case "q":
      return view.getUint16(advance(cursor, 2), little);
    case "i":
      return view.getInt32(advance(cursor, 4), little);
    case "u":
    case "h":
      return view.getUint32(advance(cursor, 4), little);
    case "x":
      return view.getBigInt64(advance(cursor, 8), little);
    case "t":
      return view.getBigUint64(advance(cursor, 8), little);
    case "d":
      return view.getFloat64(advance(cursor, 8), little);
    case "s":
    case "o":
      return takeText(cursor, view.getUint32(advance(cursor, 4), little));
    case "g":
      return takeText(cursor, view.getUint8(advance(cursor, 1)));
    case "v":
      return takeVariant(cursor);
    case "a":
      return takeArray(cursor, type.slice(1));
    default:
      return memberTypes(type).map((member) => take(cursor, member));
  }
}

/** Moves on by `size` bytes that must be there; returns where they begin. */
function advance(cursor: Cursor, size: number): number {
  const from = cursor.at;
  if (from + size > cursor.view.byteLength) throw new RangeError("the message ends in the middle of a value");
  cursor.at = from + size;
  return from;
}

function align(cursor: Cursor, to: number): void {
  advance(cursor, (to - (cursor.at % to)) % to);
}

function takeText(cursor: Cursor, length: number): string {
  const from = advance(cursor, length + 1);
  try {
    return TEXT.decode(new Uint8Array(cursor.view.buffer, cursor.view.byteOffset + from, length));
  } catch {
    throw new RangeError("a string is not UTF-8");
  }
}

/** Variants can hold variants; the specification allows 64 levels. */
const DEEPEST = 64;

function takeVariant(cursor: Cursor): DBusValue {
  if (++cursor.depth > DEEPEST) throw new RangeError("variants are nested too deep");
  const signature = takeText(cursor, cursor.view.getUint8(advance(cursor, 1)));
  const [type, ...more] = completeTypes(signature);
  if (type === undefined || more.length > 0) throw new RangeError(`a variant of signature ${JSON.stringify(signature)}`);
  const value = take(cursor, type);
  cursor.depth--;
  return { signature, value };
}

function takeArray(cursor: Cursor, element: string): DBusValue {
  const length = cursor.view.getUint32(advance(cursor, 4), cursor.little);
  align(cursor, ALIGNMENT[element.charAt(0)] ?? 1);
  const end = advance(cursor, length) + length;
  cursor.at = end - length;
  if (element === "y") return new Uint8Array(cursor.view.buffer, cursor.view.byteOffset + advance(cursor, length), length).slice();
  const values: DBusValue[] = [];
  while (cursor.at < end) values.push(take(cursor, element));
  if (cursor.at !== end) throw new RangeError("an array ends in the middle of an element");
  return values;
}
