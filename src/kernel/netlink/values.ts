// Values of attributes as bytes. rtnetlink's integers are the host's, which is little-endian; those of addresses, ports and all of
// nf_tables are the network's.
import type { Attribute, AttributeValue } from "./message.ts";

/** The attribute, where there is something to say. */
export function optional<Value>(type: number, value: Value | undefined, encode: (value: Value) => AttributeValue): Attribute[] {
  return value === undefined ? [] : [{ type, value: encode(value) }];
}

/** A byte, 0 or 1. */
export function flag(type: number, on: boolean | undefined): Attribute[] {
  return optional(type, on, (value) => u8Value(value ? 1 : 0));
}

/** A NUL-terminated string. */
export function stringValue(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** Text whose length says where it ends. */
export function textValue(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function u8Value(value: number): Uint8Array {
  return Uint8Array.of(value);
}

export function u16Value(value: number): Uint8Array {
  return filled(2, (view) => view.setUint16(0, value, true));
}

export function u32Value(value: number): Uint8Array {
  return filled(4, (view) => view.setUint32(0, value, true));
}

/** In network order: a port, a protocol of Ethernet. */
export function be16Value(value: number): Uint8Array {
  return filled(2, (view) => view.setUint16(0, value));
}

/** In network order: every number of nf_tables. */
export function be32Value(value: number): Uint8Array {
  return filled(4, (view) => view.setUint32(0, value));
}

export function be64Value(value: bigint): Uint8Array {
  return filled(8, (view) => view.setBigUint64(0, value));
}

/** A structure of `size` bytes, zero but for what `fill` writes. */
export function filled(size: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `02:42:ac:11:00:02` */
export function macValue(mac: string): Uint8Array {
  return Uint8Array.fromHex(mac.replaceAll(":", ""));
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
