// D-Bus messages: a header of fixed bytes and typed fields, then the body (D-Bus Specification, "Message Format").
import { marshal } from "./marshal.ts";
import type { DBusValue, Variant } from "./signature.ts";
import { unmarshal } from "./unmarshal.ts";

export const MESSAGE_TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const;

/** Header fields: their code and the type of their variant. */
// biome-ignore format: table
const FIELDS = {
  path:        { code: 1, signature: "o" },
  interface:   { code: 2, signature: "s" },
  member:      { code: 3, signature: "s" },
  error:       { code: 4, signature: "s" },
  replySerial: { code: 5, signature: "u" },
  destination: { code: 6, signature: "s" },
  sender:      { code: 7, signature: "s" },
  signature:   { code: 8, signature: "g" },
} as const;

type FieldName = keyof typeof FIELDS;

export interface Message {
  /** A MESSAGE_TYPE; others are to be ignored. */
  readonly type: number;
  readonly serial: number;
  readonly fields: Readonly<Partial<Record<FieldName, string | number>>>;
  readonly body: readonly DBusValue[];
}

/** Yes, no flags: a reply is wanted. */
const NO_FLAGS = 0;
const VERSION = 1;
/** The specification's largest message, 128 MiB. */
const LARGEST = 1 << 27;

/** A message as bytes; `fields.signature` must be that of the body. */
export function encodeMessage({ type, serial, fields, body }: Message): Uint8Array {
  const { signature } = fields;
  const bytes = marshal(typeof signature === "string" ? signature : "", body);
  const list: [number, Variant][] = [];
  for (const [name, field] of Object.entries(FIELDS)) {
    const value = fields[name as FieldName];
    if (value !== undefined) list.push([field.code, { signature: field.signature, value }]);
  }
  const head = marshal("yyyyuua(yv)", ["l".charCodeAt(0), type, NO_FLAGS, VERSION, bytes.length, serial, list]);
  const padded = (head.length + 7) & ~7;
  const whole = new Uint8Array(padded + bytes.length);
  whole.set(head);
  whole.set(bytes, padded);
  return whole;
}

/** How long the message at the start of `bytes` is; undefined while too few are there to tell. */
export function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 16) return undefined;
  const little = endianOf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = ((16 + view.getUint32(12, little) + 7) & ~7) + view.getUint32(4, little);
  if (length > LARGEST) throw new RangeError(`a message of ${length} bytes`);
  return length;
}

/**
 * Decodes one whole message.
 * @throws RangeError for bytes that are not well-formed
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const little = endianOf(bytes);
  const head = unmarshal("yyyyuua(yv)", bytes, { little });
  const [, type, , , , serial, list] = head.values;
  const fields: Partial<Record<FieldName, string | number>> = {};
  for (const item of Array.isArray(list) ? (list as DBusValue[]) : []) {
    const [code, variant] = item as [number, Variant];
    const name = (Object.keys(FIELDS) as FieldName[]).find((key) => FIELDS[key].code === code);
    if (name !== undefined && (typeof variant.value === "string" || typeof variant.value === "number")) fields[name] = variant.value;
  }
  const signature = typeof fields.signature === "string" ? fields.signature : "";
  // Alignment within the body counts from its own start, which is a multiple of eight.
  const body = unmarshal(signature, bytes.subarray((head.end + 7) & ~7), { little }).values;
  return { type: Number(type), serial: Number(serial), fields, body };
}

function endianOf(bytes: Uint8Array): boolean {
  const mark = String.fromCharCode(bytes[0] ?? 0);
  if (mark !== "l" && mark !== "B") throw new RangeError("not a D-Bus message");
  return mark === "l";
}
