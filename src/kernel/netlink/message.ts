// Netlink messages as bytes: netlink(7), <linux/netlink.h>. A message is built from pieces, because descriptors and pids in it are
// known only when the launcher runs; lengths are known now. Headers are little-endian, as all hosts of teu are.
import { TeuError } from "../../base/errors.ts";
import type { Register } from "../plan/plan.ts";

/** Protocol families of netlink(7): links, addresses, routes; and the packet filter. */
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

/** nlmsg_flags. */
export const NLM_F = { REQUEST: 0x1, ACK: 0x4, REPLACE: 0x100, EXCL: 0x200, DUMP: 0x300, CREATE: 0x400, APPEND: 0x800 } as const;

/** struct nlmsghdr. */
export const HEADER_SIZE = 16;
/** struct nlattr. */
export const ATTRIBUTE_HEADER_SIZE = 4;
/** The length has sixteen bits. */
const MOST = 0xffff - ATTRIBUTE_HEADER_SIZE;
/** In nla_type: the value is attributes. */
export const NLA_F_NESTED = 0x8000;
/** The number without the flags, NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const NLA_TYPE_MASK = 0x3fff;

/** As an attribute's value: the descriptor of the container's network namespace, which is known only when it is there. */
export const NAMESPACE = Symbol("the container's network namespace");

/** Attributes behind a fixed header of their own (VETH_INFO_PEER). */
export interface Headed {
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
}

/** Bytes, attributes, or what the launcher puts there: a register's value as a 32-bit integer, the namespace's descriptor. */
export type AttributeValue = Uint8Array | readonly Attribute[] | Headed | { readonly u32: Register } | typeof NAMESPACE;

/** An attribute (rtnetlink(7)). */
export interface Attribute {
  readonly type: number;
  readonly value: AttributeValue;
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  /** The family's fixed header (struct ifinfomsg, ifaddrmsg), a multiple of four bytes. */
  readonly header: Uint8Array;
  readonly attributes: readonly Attribute[];
  /** The kernel is asked for no acknowledgement: the two ends of a batch have none, and of what is between them only the last. */
  readonly silent?: true;
}

/** A part of encoded messages: bytes, or four that the launcher fills in. */
export type Chunk = Uint8Array | { readonly u32: Register } | typeof NAMESPACE;

/** Messages and attributes begin at multiples of four (NLMSG_ALIGN, NLA_ALIGN). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

interface Encoded {
  /** Without the padding behind it, which `chunks` have. */
  readonly length: number;
  readonly chunks: readonly Chunk[];
}

function encodeAttribute({ type, value }: Attribute): Encoded {
  const { length, chunks } = encodeValue(value);
  if (length > MOST) throw new TeuError("internal", `attribute ${type} of a netlink message has ${length} bytes, more than ${MOST}`);
  const head = new Uint8Array(ATTRIBUTE_HEADER_SIZE);
  const view = new DataView(head.buffer);
  view.setUint16(0, ATTRIBUTE_HEADER_SIZE + length, true);
  view.setUint16(2, Array.isArray(value) ? type | NLA_F_NESTED : type, true);
  return { length: ATTRIBUTE_HEADER_SIZE + length, chunks: [head, ...chunks] };
}

function encodeValue(value: AttributeValue): Encoded {
  if (value instanceof Uint8Array) return { length: value.length, chunks: [padded(value)] };
  if (value === NAMESPACE || "u32" in value) return { length: 4, chunks: [value] };
  return "header" in value ? encodeHeaded(value) : encodeAttributes(value);
}

function encodeHeaded({ header, attributes }: Headed): Encoded {
  const { length, chunks } = encodeAttributes(attributes);
  return { length: header.length + length, chunks: [header, ...chunks] };
}

function encodeAttributes(attributes: readonly Attribute[]): Encoded {
  const encoded = attributes.map(encodeAttribute);
  return { length: encoded.reduce((sum, { length }) => sum + align(length), 0), chunks: encoded.flatMap(({ chunks }) => chunks) };
}

function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length === align(bytes.length)) return bytes;
  const whole = new Uint8Array(align(bytes.length));
  whole.set(bytes);
  return whole;
}

/** Messages one after another, numbered from 1, each asking for its acknowledgement unless it is a silent one. */
export function messageChunks(messages: readonly Message[]): Chunk[] {
  const chunks = messages.flatMap((message, index) => {
    const { length, chunks } = encodeHeaded(message);
    const head = new Uint8Array(HEADER_SIZE);
    const view = new DataView(head.buffer);
    view.setUint32(0, HEADER_SIZE + length, true);
    view.setUint16(4, message.type, true);
    view.setUint16(6, message.flags | NLM_F.REQUEST | (message.silent ? 0 : NLM_F.ACK), true);
    view.setUint32(8, index + 1, true);
    return [head, ...chunks];
  });
  return joined(chunks);
}

/** Bytes that follow one another are one chunk: a plan counts its pieces. */
function joined(chunks: readonly Chunk[]): Chunk[] {
  const found: Chunk[] = [];
  let run: Uint8Array[] = [];
  const flush = () => {
    if (run.length > 0) found.push(new Uint8Array(Buffer.concat(run)));
    run = [];
  };
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) run.push(chunk);
    else {
      flush();
      found.push(chunk);
    }
  }
  flush();
  return found;
}

/** What the launcher sends. NAMESPACE has no place in a plan, which is the same for many containers: it stands in the wiring. */
export function encodeMessages(messages: readonly Message[]): Exclude<Chunk, typeof NAMESPACE>[] {
  return messageChunks(messages).map((chunk) => {
    if (chunk === NAMESPACE) throw new TeuError("internal", "a message of a plan names the container's network namespace");
    return chunk;
  });
}

/** How many acknowledgements the kernel sends. */
export function acknowledgements(messages: readonly Message[]): number {
  return messages.filter(({ silent }) => !silent).length;
}
