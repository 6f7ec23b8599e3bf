// Netlink messages as bytes: netlink(7), <linux/netlink.h>. A message is built from pieces, because descriptors and pids in it are
// known only when the launcher runs; lengths are known now. Everything is little-endian, as all hosts of teu are.
import type { Piece, Register } from "../plan/plan.ts";

/** Protocol family of netlink(7) for links, addresses, routes. */
export const NETLINK_ROUTE = 0;

/** nlmsg_flags. */
export const NLM_F = { REQUEST: 0x1, ACK: 0x4, EXCL: 0x200, DUMP: 0x300, CREATE: 0x400 } as const;

/** struct nlmsghdr. */
export const HEADER_SIZE = 16;
/** struct nlattr. */
export const ATTRIBUTE_HEADER_SIZE = 4;

/** An attribute (rtnetlink(7)): a value of bytes, or a register's value as a 32-bit integer. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array | { readonly u32: Register };
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  /** The family's fixed header (struct ifinfomsg, ifaddrmsg), a multiple of four bytes. */
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** A NUL-terminated string as an attribute's value. */
export function stringValue(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** A 32-bit integer as an attribute's value. */
export function u32Value(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Messages and attributes begin at multiples of four (NLMSG_ALIGN, NLA_ALIGN). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

function attributePieces({ type, value }: Attribute): { readonly size: number; readonly pieces: readonly Piece[] } {
  const length = ATTRIBUTE_HEADER_SIZE + (value instanceof Uint8Array ? value.length : 4);
  const bytes = new Uint8Array(value instanceof Uint8Array ? align(length) : ATTRIBUTE_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, true);
  view.setUint16(2, type, true);
  if (!(value instanceof Uint8Array)) return { size: align(length), pieces: [bytes, value] };
  bytes.set(value, ATTRIBUTE_HEADER_SIZE);
  return { size: align(length), pieces: [bytes] };
}

/** Messages one after another, numbered from 1, each asking for its acknowledgement. */
export function encodeMessages(messages: readonly Message[]): Piece[] {
  return messages.flatMap((message, index) => {
    const attributes = message.attributes.map(attributePieces);
    const size = attributes.reduce((sum, attribute) => sum + attribute.size, HEADER_SIZE + message.header.length);
    const head = new Uint8Array(HEADER_SIZE + message.header.length);
    const view = new DataView(head.buffer);
    view.setUint32(0, size, true);
    view.setUint16(4, message.type, true);
    view.setUint16(6, message.flags | NLM_F.REQUEST | NLM_F.ACK, true);
    view.setUint32(8, index + 1, true);
    head.set(message.header, HEADER_SIZE);
    return [head, ...attributes.flatMap(({ pieces }) => pieces)];
  });
}
