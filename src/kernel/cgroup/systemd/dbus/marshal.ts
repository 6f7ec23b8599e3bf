// D-Bus values to bytes, little-endian (D-Bus Specification, "Wire Format").
import { ALIGNMENT, completeTypes, type DBusValue, memberTypes, type Variant } from "./signature.ts";

const UTF8 = new TextEncoder();

/** A buffer that grows, and knows the alignment of what is put into it. */
class Writer {
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  align(to: number): void {
    this.#reserve(to);
    while (this.length % to !== 0) this.length++;
  }

  bytes(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#bytes.set(data, this.length);
    this.length += data.length;
  }

  integer(size: 1 | 2 | 4 | 8, value: bigint): void {
    this.align(size);
    this.#reserve(size);
    this.setInteger(this.length, { size, value });
    this.length += size;
  }

  /** Writes where a place was kept. */
  setInteger(at: number, { size, value }: { readonly size: 1 | 2 | 4 | 8; readonly value: bigint }): void {
    const unsigned = BigInt.asUintN(size * 8, value);
    for (let index = 0; index < size; index++) this.#view.setUint8(at + index, Number((unsigned >> BigInt(index * 8)) & 255n));
  }

  double(value: number): void {
    this.align(8);
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  result(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Sizes of the integers. */
const INTEGERS: Readonly<Record<string, 1 | 2 | 4 | 8>> = { y: 1, n: 2, q: 2, i: 4, u: 4, h: 4, x: 8, t: 8 };

/**
 * Marshals values after one another, as a message's body.
 * @throws RangeError where values and signature do not agree
 */
export function marshal(signature: string, values: readonly DBusValue[]): Uint8Array {
  const writer = new Writer();
  const types = completeTypes(signature);
  if (types.length !== values.length) throw new RangeError(`${values.length} values for signature ${signature}`);
  for (const [index, type] of types.entries()) put(writer, type, values[index]);
  return writer.result();
}

function put(writer: Writer, type: string, value: DBusValue | undefined): void {
  const letter = type.charAt(0);
  const size = INTEGERS[letter];
  if (size !== undefined) putInteger(writer, { size, type, value });
  else if (letter === "s" || letter === "o" || letter === "g") putText(writer, letter, value);
  else if (letter === "a") putArray(writer, type, value);
  else if (letter === "b" && typeof value === "boolean") writer.integer(4, value ? 1n : 0n);
  else if (letter === "d" && typeof value === "number") writer.double(value);
  else if (letter === "v" && isVariant(value)) {
    putText(writer, "g", value.signature);
    put(writer, value.signature, value.value);
  } else if ((letter === "(" || letter === "{") && isList(value)) putMembers(writer, memberTypes(type), value);
  else throw mismatch(type, value);
}

function putMembers(writer: Writer, types: readonly string[], values: readonly DBusValue[]): void {
  writer.align(8);
  if (types.length !== values.length) throw new RangeError(`${values.length} members for (${types.join("")})`);
  for (const [index, type] of types.entries()) put(writer, type, values[index]);
}

function putInteger(writer: Writer, { size, type, value }: { size: 1 | 2 | 4 | 8; type: string; value: DBusValue | undefined }): void {
  const text = typeof value === "string" && /^-?\d+$/.test(value);
  if (typeof value !== "bigint" && !Number.isSafeInteger(value) && !text) throw mismatch(type, value);
  writer.integer(size, BigInt(value as bigint | number | string));
}

function putText(writer: Writer, letter: "s" | "o" | "g", value: DBusValue | undefined): void {
  if (typeof value !== "string" || value.includes("\0")) throw mismatch(letter, value);
  const bytes = UTF8.encode(value);
  writer.integer(letter === "g" ? 1 : 4, BigInt(bytes.length));
  writer.bytes(bytes);
  writer.integer(1, 0n);
}

/** The length of an array counts its elements without the padding before the first. */
function putArray(writer: Writer, type: string, value: DBusValue | undefined): void {
  const element = type.slice(1);
  writer.integer(4, 0n);
  const lengthAt = writer.length - 4;
  writer.align(ALIGNMENT[element.charAt(0)] ?? 1);
  const start = writer.length;
  if (value instanceof Uint8Array && element === "y") writer.bytes(value);
  else if (isList(value)) for (const item of value) put(writer, element, item);
  else throw mismatch(type, value);
  writer.setInteger(lengthAt, { size: 4, value: BigInt(writer.length - start) });
}

function isList(value: DBusValue | undefined): value is readonly DBusValue[] {
  return Array.isArray(value);
}

function isVariant(value: DBusValue | undefined): value is Variant {
  return typeof value === "object" && "signature" in value;
}

function mismatch(type: string, value: DBusValue | undefined): RangeError {
  return new RangeError(`a value of type ${typeof value} cannot be marshalled as ${type}`);
}
