// Spans of addresses, as numbers: what a prefix holds, what of a subnet containers may have, and the digits that rows keep.
import { addressBytes, BITS, type Family, fromNumber, type IpAddress, splitPrefix, toNumber } from "../address/address.ts";
import type { Subnet } from "../model/network.ts";

/** Both ends included. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** All addresses of a prefix. */
export function spanOf(prefix: string): Span {
  const { bytes, length, family } = splitPrefix(prefix);
  const first = toNumber(bytes);
  return { first, last: first + (1n << BigInt(BITS[family] - length)) - 1n };
}

/**
 * What of a subnet is an address of somebody's: not the network's own and the broadcast address of IPv4 (RFC 1122 section 3.2.1.3), nor the
 * routers' anycast address of IPv6 (RFC 4291 section 2.6.1); of the smallest, all (RFC 3021, RFC 6164).
 */
export function hostsOf(prefix: string): Span {
  const { length, family } = splitPrefix(prefix);
  const { first, last } = spanOf(prefix);
  if (length >= BITS[family] - 1) return { first, last };
  return { first: first + 1n, last: family === 4 ? last - 1n : last };
}

/** From where addresses are chosen. */
export function choiceOf({ prefix, range }: Pick<Subnet, "prefix" | "range">): Span {
  const hosts = hostsOf(prefix);
  if (range === undefined) return hosts;
  const asked = spanOf(range);
  const [begins, ends] = [asked.first > hosts.first ? asked : hosts, asked.last < hosts.last ? asked : hosts];
  return { first: begins.first, last: ends.last };
}

/** Addresses of a subnet that no container gets: the gateway, and those that were reserved. */
export function reservedIn({ gateway, reserved }: Pick<Subnet, "gateway" | "reserved">): readonly bigint[] {
  return [...new Set([...(gateway === undefined ? [] : [gateway]), ...Object.values(reserved)].map(numberOf))];
}

/** @param address one that was read */
export function numberOf(address: string): bigint {
  return toNumber(addressBytes(address) ?? new Uint8Array());
}

/** As rows have it: 8 or 32 digits. */
export function digitsOf(value: bigint, family: Family): string {
  return fromNumber(value, family).toHex();
}

/** The digits of an address. */
export function addressDigits(address: IpAddress): string {
  return (addressBytes(address) ?? new Uint8Array()).toHex();
}
