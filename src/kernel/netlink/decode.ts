// Netlink messages read: netlink(7). What is torn or too short is left out, as if it had not been sent; nothing throws, and each step
// goes on by at least a header, so that damaged bytes end.
import { ATTRIBUTE_HEADER_SIZE, align, HEADER_SIZE, NLA_TYPE_MASK } from "./message.ts";
import { viewOf } from "./values.ts";

export interface Received {
  readonly type: number;
  readonly flags: number;
  /** The family's fixed header and the attributes. */
  readonly body: Uint8Array;
}

/** The messages that are whole. */
export function messagesIn(bytes: Uint8Array): Received[] {
  const view = viewOf(bytes);
  const found: Received[] = [];
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_SIZE || at + length > bytes.length) break;
    const body = bytes.slice(at + HEADER_SIZE, at + length);
    found.push({ type: view.getUint16(at + 4, true), flags: view.getUint16(at + 6, true), body });
    at += align(length);
  }
  return found;
}

/** The bodies of messages of one type that have its fixed header. */
export function bodiesOf(bytes: Uint8Array, type: number, headerSize: number): Uint8Array[] {
  return messagesIn(bytes).flatMap((message) => (message.type === type && message.body.length >= headerSize ? [message.body] : []));
}

/** Attributes as they are read: an absent one, and one that is too short for what it is taken for, is undefined. */
export class Attributes {
  readonly #all: readonly { readonly type: number; readonly value: Uint8Array }[];

  /** @param from size of the fixed header before them */
  constructor(bytes: Uint8Array, from = 0) {
    const view = viewOf(bytes);
    const all = [];
    for (let at = from; at + ATTRIBUTE_HEADER_SIZE <= bytes.length; ) {
      const length = view.getUint16(at, true);
      if (length < ATTRIBUTE_HEADER_SIZE || at + length > bytes.length) break;
      const type = view.getUint16(at + 2, true) & NLA_TYPE_MASK;
      all.push({ type, value: bytes.slice(at + ATTRIBUTE_HEADER_SIZE, at + length) });
      at += align(length);
    }
    this.#all = all;
  }

  /** Of several of one type, the last: so does the kernel. */
  bytes(type: number): Uint8Array | undefined {
    return this.#all.findLast((attribute) => attribute.type === type)?.value;
  }

  /** All of one type. */
  every(type: number): Uint8Array[] {
    return this.#all.flatMap((attribute) => (attribute.type === type ? [attribute.value] : []));
  }

  /** Bytes of an address: four or sixteen. */
  address(type: number): Uint8Array | undefined {
    const value = this.bytes(type);
    return value?.length === 4 || value?.length === 16 ? value : undefined;
  }

  /** Text up to its NUL. */
  text(type: number): string | undefined {
    const value = this.bytes(type);
    if (value === undefined) return undefined;
    const end = value.indexOf(0);
    return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
  }

  u8(type: number): number | undefined {
    return this.bytes(type)?.[0];
  }

  u32(type: number): number | undefined {
    return this.#number(type, 4, (view) => view.getUint32(0, true));
  }

  be16(type: number): number | undefined {
    return this.#number(type, 2, (view) => view.getUint16(0));
  }

  be32(type: number): number | undefined {
    return this.#number(type, 4, (view) => view.getUint32(0));
  }

  be64(type: number): bigint | undefined {
    return this.#number(type, 8, (view) => view.getBigUint64(0));
  }

  /** Attributes in an attribute; none where it is absent. */
  nested(type: number): Attributes {
    return new Attributes(this.bytes(type) ?? new Uint8Array());
  }

  #number<Value>(type: number, size: number, read: (view: DataView) => Value): Value | undefined {
    const value = this.bytes(type);
    return value === undefined || value.length < size ? undefined : read(viewOf(value));
  }
}

/** An object without the members that are undefined: an optional member is there, or it is not. */
export function present<Key extends string, Value>(members: Readonly<Record<Key, Value | undefined>>): { readonly [key in Key]?: Value } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as { readonly [key in Key]?: Value };
}
