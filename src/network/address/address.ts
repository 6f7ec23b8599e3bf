// IP addresses and prefixes as bytes and as text: RFC 4291 section 2.2 is read, RFC 5952 is written. Without node:net, which costs a millisecond.
import { TeuError } from "../../base/errors.ts";

export type Family = 4 | 6;

/** Bits of an address. */
export const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

declare const addressBrand: unique symbol;
/** An address as RFC 5952 writes it: two that are the same are the same text. */
export type IpAddress = string & { readonly [addressBrand]: true };

declare const prefixBrand: unique symbol;
/** `10.89.0.0/24`: no bit of the host's part is set. */
export type Prefix = string & { readonly [prefixBrand]: true };

/** Four or sixteen bytes, in network order; undefined for what is no address. A zone (`%eth0`) is none of an address. */
export function addressBytes(text: string): Uint8Array | undefined {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

/** @throws TeuError `invalid` naming `what` */
export function parseAddress(text: string, what: string): IpAddress {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new TeuError("invalid", `${what}: ${JSON.stringify(text)} is not an IP address`);
  return formatAddress(bytes);
}

/** @throws TeuError `invalid` naming `what`; also for a prefix with bits of a host */
export function parsePrefix(text: string, what: string): Prefix {
  const [, address = "", length = ""] = /^([\da-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = addressBytes(address);
  if (bytes === undefined || Number(length) > bytes.length * 8)
    throw new TeuError("invalid", `${what}: ${JSON.stringify(text)} is not a network as 10.89.0.0/24 or fd00::/64`);
  const first = masked(bytes, Number(length));
  const prefix = `${formatAddress(first)}/${Number(length)}`;
  if (!first.every((byte, index) => byte === bytes[index]))
    throw new TeuError("invalid", `${what}: ${text} has bits of a host set; the network is ${prefix}`);
  return prefix as Prefix;
}

/** The address and the length of a prefix, or of an address with one (`10.89.0.1/24`). */
export function splitPrefix(prefix: string): { readonly bytes: Uint8Array; readonly length: number; readonly family: Family } {
  const slash = prefix.lastIndexOf("/");
  const bytes = addressBytes(prefix.slice(0, slash));
  if (slash < 0 || bytes === undefined) throw new TeuError("internal", `${prefix} is no prefix`);
  return { bytes, length: Number(prefix.slice(slash + 1)), family: bytes.length === 4 ? 4 : 6 };
}

/** Of an address, or of a prefix. */
export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

/** An address as it stands before a port: `[::1]` (RFC 3986, section 3.2.2). */
export function bracketed(address: string): string {
  return familyOf(address) === 6 ? `[${address}]` : address;
}

/** @param bytes four or sixteen */
export function formatAddress(bytes: Uint8Array): IpAddress {
  return (bytes.length === 4 ? bytes.join(".") : formatIpv6(bytes)) as IpAddress;
}

/** The bytes with all but the first `length` bits cleared. */
export function masked(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff);
}

/** An address as a number, so that ranges can be counted. */
export function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function fromNumber(value: bigint, family: Family): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  for (let index = bytes.length - 1, rest = value; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  return bytes;
}

/** Whether an address lies in a prefix of the same family. */
export function isIn(address: string, prefix: string): boolean {
  const bytes = addressBytes(address);
  const { bytes: first, length } = splitPrefix(prefix);
  return bytes?.length === first.length && masked(bytes, length).every((byte, index) => byte === first[index]);
}

/** Whether two prefixes have an address in common. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [splitPrefix(a), splitPrefix(b)];
  const length = Math.min(one.length, other.length);
  if (one.family !== other.family) return false;
  const [left, right] = [masked(one.bytes, length), masked(other.bytes, length)];
  return left.every((byte, index) => byte === right[index]);
}

const OCTET = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** Four decimal numbers without leading zeros, which some read as octal. */
function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => OCTET.test(part)) ? Uint8Array.from(parts, Number) : undefined;
}

const GROUPS = 8;

function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => (half === "" ? [] : groupsOf(half, index === halves.length - 1)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Groups between colons; the last of all may be an IPv4 address, which is two. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  const parts = text.split(":");
  const groups = parts.flatMap((part, index) => {
    if (/^[\da-f]{1,4}$/i.test(part)) return [Number.parseInt(part, 16)];
    const bytes = isEnd && index === parts.length - 1 ? ipv4Bytes(part) : undefined;
    if (bytes === undefined) return [Number.NaN];
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    return [a * 256 + b, c * 256 + d];
  });
  return groups.some(Number.isNaN) ? undefined : groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups is `::`, the first of several as long. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: GROUPS }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < GROUPS; at++) {
    let end = at;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - at > best.length) best = { at, length: end - at };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.at < 0) return text(groups);
  return `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`;
}
