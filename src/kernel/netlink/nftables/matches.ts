// The comparisons that rules begin with, of the same expressions that nft(8) makes of the words, so that it shows them as such.
import { TeuError } from "../../../base/errors.ts";
import type { AddressRange } from "../rtnetlink/numbers.ts";
import { be16Value, u8Value, u32Value } from "../values.ts";
import { interfaceName } from "./data-types.ts";
import { bitwise, compare, ct, fib, lookup, meta, payload } from "./expressions.ts";
import type { Expression } from "./messages.ts";
import { CT_STATE, CT_STATUS } from "./numbers.ts";

/** Offsets of addresses in the headers of IPv4 and IPv6, by their size. */
const ADDRESSES = { saddr: { 4: 12, 16: 8 }, daddr: { 4: 16, 16: 24 } } as const;
const PROTOCOLS = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 } as const;
/** RTN_* of the types of destinations, as `fib` gives them. */
const ADDRESS_TYPES = { unicast: 1, local: 2, broadcast: 3, multicast: 5 } as const;
const R1 = 1;
/** The second 32 bits of register 1. */
export const SECOND = 9;

/** `iifname "eth0"`, `oifname != "teu0"`; a name that ends with `*` stands for all that begin so. */
export function interfaceIs(which: "iifname" | "oifname", name: string, not = false): Expression[] {
  const value = name.endsWith("*") ? new TextEncoder().encode(name.slice(0, -1)) : interfaceName(name);
  return [meta(which, R1), compare(not ? "neq" : "eq", R1, value)];
}

/** `iifname @bridges` */
export function interfaceIn(which: "iifname" | "oifname", set: string, not = false): Expression[] {
  return [meta(which, R1), lookup({ set, register: R1, not })];
}

/** `ip saddr 10.0.0.0/8`. */
export function addressIn(which: "saddr" | "daddr", { address, prefixLength }: AddressRange, not = false): Expression[] {
  const size = address.length === 4 ? 4 : 16;
  const whole = prefixLength % 8 === 0 ? prefixLength / 8 : size;
  if (whole === 0) throw new TeuError("internal", "a rule for all addresses needs none of them");
  const load = payload({ base: "network", offset: ADDRESSES[which][size], length: whole }, R1);
  const mask = Uint8Array.from({ length: size }, (_, index) => (0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8))) & 0xff);
  const masked = prefixLength % 8 === 0 ? [] : [bitwise(R1, mask)];
  return [load, ...masked, compare(not ? "neq" : "eq", R1, address.slice(0, whole))];
}

/** `ip saddr @networks` */
export function addressInSet(which: "saddr" | "daddr", family: "ip" | "ip6", set: string, not = false): Expression[] {
  const size = family === "ip" ? 4 : 16;
  return [payload({ base: "network", offset: ADDRESSES[which][size], length: size }, R1), lookup({ set, register: R1, not })];
}

/** `meta l4proto tcp` */
export function protocolIs(protocol: keyof typeof PROTOCOLS): Expression[] {
  return [meta("l4proto", R1), compare("eq", R1, u8Value(PROTOCOLS[protocol]))];
}

/** `dport 80`, behind a protocol that has ports. */
export function portIs(which: "sport" | "dport", port: number): Expression[] {
  return [payload({ base: "transport", offset: which === "sport" ? 0 : 2, length: 2 }, R1), compare("eq", R1, be16Value(port))];
}

/** Loads `meta l4proto . th dport` into register 1: the key of maps by published port. */
export function loadPort(): Expression[] {
  return [meta("l4proto", R1), payload({ base: "transport", offset: 2, length: 2 }, SECOND)];
}

/** `ct state established,related` */
export function stateIs(...states: readonly (keyof typeof CT_STATE)[]): Expression[] {
  return [ct("state", R1), ...hasBits(states.reduce((sum, state) => sum | CT_STATE[state], 0))];
}

/** `ct status dnat`, `ct status ! dnat` */
export function statusIs(status: keyof typeof CT_STATUS, not = false): Expression[] {
  return [ct("status", R1), ...hasBits(CT_STATUS[status], not)];
}

function hasBits(bits: number, not = false): Expression[] {
  return [bitwise(R1, u32Value(bits)), compare(not ? "eq" : "neq", R1, u32Value(0))];
}

/** `fib daddr type local` */
export function destinationIs(type: keyof typeof ADDRESS_TYPES, not = false): Expression[] {
  return [fib(["daddr"], "type", R1), compare(not ? "neq" : "eq", R1, u32Value(ADDRESS_TYPES[type]))];
}

/** `fib saddr type local` */
export function sourceIs(type: keyof typeof ADDRESS_TYPES, not = false): Expression[] {
  return [fib(["saddr"], "type", R1), compare(not ? "neq" : "eq", R1, u32Value(ADDRESS_TYPES[type]))];
}

/** `fib saddr . iif oif missing`: the way back to the source leads by another interface, or the source is an address of this host. */
export function sourceIsElsewhere(): Expression[] {
  return [fib(["saddr", "iif"], "oif", R1), compare("eq", R1, u32Value(0))];
}
