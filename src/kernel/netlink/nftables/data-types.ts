// Types of sets' keys and of maps' data as nft(8) numbers them (its datatype.h): six bits each, so that a concatenation is one number.
import { TeuError } from "../../../base/errors.ts";

/** In which order nft takes the bytes to be: its enum byteorder. */
const ORDER = { mixed: 0, host: 1, network: 2 } as const;

interface Facts {
  readonly number: number;
  readonly size: number;
  readonly order: number;
}

export const DATA_TYPES = {
  mark: { number: 19, size: 4, order: ORDER.host },
  ipv4_addr: { number: 7, size: 4, order: ORDER.network },
  ipv6_addr: { number: 8, size: 16, order: ORDER.network },
  ether_addr: { number: 9, size: 6, order: ORDER.network },
  inet_proto: { number: 12, size: 1, order: ORDER.network },
  inet_service: { number: 13, size: 2, order: ORDER.network },
  iface_index: { number: 20, size: 4, order: ORDER.host },
  ifname: { number: 41, size: 16, order: ORDER.host },
} as const satisfies Record<string, Facts>;

export type DataType = keyof typeof DATA_TYPES;

const TYPE_BITS = 6;
const MOST_TYPES = 5;
/** Registers are of 32 bits, and each part of a concatenation begins with one. */
const REGISTER = 4;

/** @throws TeuError `internal` for a concatenation of more types than the number has room for */
export function typeNumber(types: readonly DataType[]): number {
  if (types.length > MOST_TYPES) throw new TeuError("internal", `${types.join(" . ")} is more than ${MOST_TYPES} types`);
  return types.reduce((sum, type) => (sum << TYPE_BITS) | DATA_TYPES[type].number, 0);
}

/** The types in a number; undefined where one of them is not in the table. */
export function typesOf(number: number): DataType[] | undefined {
  const names = Object.keys(DATA_TYPES) as DataType[];
  const found: DataType[] = [];
  for (let rest = number; rest > 0; rest >>>= TYPE_BITS) {
    const name = names.find((candidate) => DATA_TYPES[candidate].number === (rest & ((1 << TYPE_BITS) - 1)));
    if (name === undefined) return undefined;
    found.unshift(name);
  }
  return found;
}

export function orderOf(types: readonly DataType[]): number {
  const [first, ...more] = types;
  return first === undefined || more.length > 0 ? ORDER.mixed : DATA_TYPES[first].order;
}

/** Bytes of each part as they lie in registers: those of a concatenation are padded, one alone is not. */
export function fieldSizes(types: readonly DataType[]): number[] {
  const padded = types.length > 1;
  return types.map((type) => {
    const { size } = DATA_TYPES[type];
    return padded ? Math.ceil(size / REGISTER) * REGISTER : size;
  });
}

/** @throws TeuError `internal` for a part that is longer than its type, or for too few of them */
export function concatenate(types: readonly DataType[], parts: readonly Uint8Array[]): Uint8Array {
  const sizes = fieldSizes(types);
  const whole = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [index, size] of sizes.entries()) {
    const [type, part] = [types[index], parts[index]];
    if (type === undefined || part === undefined || part.length > DATA_TYPES[type].size || parts.length !== types.length)
      throw new TeuError("internal", `${parts.length} values do not fit ${types.join(" . ")}`);
    whole.set(part, at);
    at += size;
  }
  return whole;
}

/** The parts of bytes that `concatenate` has made; undefined where there are too few. */
export function takeApart(types: readonly DataType[], bytes: Uint8Array): Uint8Array[] | undefined {
  const sizes = fieldSizes(types);
  if (bytes.length < sizes.reduce((sum, size) => sum + size, 0)) return undefined;
  let at = 0;
  return types.map((type, index) => {
    const part = bytes.slice(at, at + DATA_TYPES[type].size);
    at += sizes[index] ?? 0;
    return part;
  });
}

/** The name of an interface as a register has it. */
export function interfaceName(name: string): Uint8Array {
  const bytes = new Uint8Array(DATA_TYPES.ifname.size);
  bytes.set(new TextEncoder().encode(name).subarray(0, bytes.length - 1));
  return bytes;
}
