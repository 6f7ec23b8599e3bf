// Expressions of nf_tables' rules, one a function. They work on registers: 1 to 4 have sixteen bytes each, and 8 to 23 are the same
// bytes, four each. An expression that finds nothing ends its rule.
import type { Attribute } from "../message.ts";
import { be32Value, optional, stringValue, u8Value } from "../values.ts";
import type { Expression } from "./messages.ts";
import {
  COMPARISONS,
  CT_KEYS,
  FAMILIES,
  FIB_FLAGS,
  FIB_RESULTS,
  META_KEYS,
  NAT_TYPES,
  NFT_LOOKUP_F_INV,
  NFT_REG_VERDICT,
  NFTA_BITWISE,
  NFTA_CMP,
  NFTA_CT,
  NFTA_DATA,
  NFTA_DUP,
  NFTA_FIB,
  NFTA_IMMEDIATE,
  NFTA_LOOKUP,
  NFTA_META,
  NFTA_NAT,
  NFTA_PAYLOAD,
  NFTA_REDIR_REG_PROTO_MIN,
  NFTA_REJECT,
  NFTA_SOCKET,
  NFTA_VERDICT,
  PAYLOAD_BASES,
  REJECT_TYPES,
  SOCKET_KEYS,
  VERDICTS,
} from "./numbers.ts";

/** What becomes of a packet; the rules of another chain say, for a jump. */
export type Verdict = "accept" | "drop" | "return" | "continue" | { readonly jump: string } | { readonly goto: string };

const number = (type: number, value: number): Attribute => ({ type, value: be32Value(value) });
const bytesValue = (value: Uint8Array): Attribute[] => [{ type: NFTA_DATA.VALUE, value }];

/** Loads a property of the packet. */
export function meta(key: keyof typeof META_KEYS, register: number): Expression {
  return { name: "meta", attributes: [number(NFTA_META.KEY, META_KEYS[key]), number(NFTA_META.DREG, register)] };
}

/** Sets a property of the packet, its mark. */
export function setMeta(key: "mark", register: number): Expression {
  return { name: "meta", attributes: [number(NFTA_META.KEY, META_KEYS[key]), number(NFTA_META.SREG, register)] };
}

/** Loads bytes of a header. */
export function payload(
  { base, offset, length }: { readonly base: keyof typeof PAYLOAD_BASES; readonly offset: number; readonly length: number },
  register: number,
): Expression {
  return {
    name: "payload",
    attributes: [
      number(NFTA_PAYLOAD.DREG, register),
      number(NFTA_PAYLOAD.BASE, PAYLOAD_BASES[base]),
      number(NFTA_PAYLOAD.OFFSET, offset),
      number(NFTA_PAYLOAD.LEN, length),
    ],
  };
}

export function compare(operator: keyof typeof COMPARISONS, register: number, value: Uint8Array): Expression {
  return {
    name: "cmp",
    attributes: [
      number(NFTA_CMP.SREG, register),
      number(NFTA_CMP.OP, COMPARISONS[operator]),
      { type: NFTA_CMP.DATA, value: bytesValue(value) },
    ],
  };
}

export interface Lookup {
  readonly set: string;
  /** Of a set without a name of its own, made in the same batch. */
  readonly id?: number;
  readonly register: number;
  /** Where a map's data goes; 0 for verdicts. */
  readonly into?: number;
  /** What is not in the set. */
  readonly not?: boolean;
}

export function lookup({ set, id, register, into, not = false }: Lookup): Expression {
  return {
    name: "lookup",
    attributes: [
      number(NFTA_LOOKUP.SREG, register),
      ...optional(NFTA_LOOKUP.DREG, into, be32Value),
      { type: NFTA_LOOKUP.SET, value: stringValue(set) },
      ...optional(NFTA_LOOKUP.SET_ID, id, be32Value),
      ...(not ? [number(NFTA_LOOKUP.FLAGS, NFT_LOOKUP_F_INV)] : []),
    ],
  };
}

/** Loads what connection tracking knows of the packet. */
export function ct(key: keyof typeof CT_KEYS, register: number): Expression {
  return { name: "ct", attributes: [number(NFTA_CT.KEY, CT_KEYS[key]), number(NFTA_CT.DREG, register)] };
}

/** Only packets that a socket of this namespace waits for go on, one with that option set. */
export function socketIs(option: keyof typeof SOCKET_KEYS): Expression[] {
  const register = 1;
  return [
    { name: "socket", attributes: [number(NFTA_SOCKET.KEY, SOCKET_KEYS[option]), number(NFTA_SOCKET.DREG, register)] },
    compare("eq", register, u8Value(1)),
  ];
}

/** Loads what the routing tables say of the packet. */
export function fib(flags: readonly (keyof typeof FIB_FLAGS)[], result: keyof typeof FIB_RESULTS, register: number): Expression {
  return {
    name: "fib",
    attributes: [
      number(
        NFTA_FIB.FLAGS,
        flags.reduce((sum, flag) => sum | FIB_FLAGS[flag], 0),
      ),
      number(NFTA_FIB.RESULT, FIB_RESULTS[result]),
      number(NFTA_FIB.DREG, register),
    ],
  };
}

export interface Translation {
  readonly type: keyof typeof NAT_TYPES;
  readonly family: "ip" | "ip6";
  /** Registers of the new address and port. */
  readonly address?: number;
  readonly port?: number;
}

export function nat({ type, family, address, port }: Translation): Expression {
  return {
    name: "nat",
    attributes: [
      number(NFTA_NAT.TYPE, NAT_TYPES[type]),
      number(NFTA_NAT.FAMILY, FAMILIES[family]),
      ...optional(NFTA_NAT.REG_ADDR_MIN, address, be32Value),
      ...optional(NFTA_NAT.REG_PROTO_MIN, port, be32Value),
    ],
  };
}

/** The source becomes the address of the interface that the packet leaves by. */
export function masquerade(): Expression {
  return { name: "masq", attributes: [] };
}

/** The destination becomes this host. @param port the register of a new port */
export function redirect(port?: number): Expression {
  return { name: "redir", attributes: optional(NFTA_REDIR_REG_PROTO_MIN, port, be32Value) };
}

/** Sends a copy of the packet to another gateway. Registers of its address, and of the index of the interface. */
export function duplicate({ address, device }: { readonly address: number; readonly device?: number }): Expression {
  return { name: "dup", attributes: [number(NFTA_DUP.SREG_ADDR, address), ...optional(NFTA_DUP.SREG_DEV, device, be32Value)] };
}

export function immediate(register: number, value: Uint8Array): Expression {
  return {
    name: "immediate",
    attributes: [number(NFTA_IMMEDIATE.DREG, register), { type: NFTA_IMMEDIATE.DATA, value: bytesValue(value) }],
  };
}

export function verdict(what: Verdict): Expression {
  return {
    name: "immediate",
    attributes: [number(NFTA_IMMEDIATE.DREG, NFT_REG_VERDICT), { type: NFTA_IMMEDIATE.DATA, value: verdictData(what) }],
  };
}

/** A verdict as data, which maps have, too. */
export function verdictData(what: Verdict): Attribute[] {
  const [code, chain] =
    typeof what === "string"
      ? ([VERDICTS[what], undefined] as const)
      : "jump" in what
        ? ([VERDICTS.jump, what.jump] as const)
        : ([VERDICTS.goto, what.goto] as const);
  return [{ type: NFTA_DATA.VERDICT, value: [number(NFTA_VERDICT.CODE, code), ...optional(NFTA_VERDICT.CHAIN, chain, stringValue)] }];
}

/** The register's bytes, of which the bits in `mask` are kept and then those in `flip` turned. */
export function bitwise(register: number, mask: Uint8Array, flip = new Uint8Array(mask.length)): Expression {
  return {
    name: "bitwise",
    attributes: [
      number(NFTA_BITWISE.SREG, register),
      number(NFTA_BITWISE.DREG, register),
      number(NFTA_BITWISE.LEN, mask.length),
      { type: NFTA_BITWISE.MASK, value: bytesValue(mask) },
      { type: NFTA_BITWISE.XOR, value: bytesValue(flip) },
    ],
  };
}

/** Counts packets and bytes, from none on. */
export function counter(): Expression {
  return { name: "counter", attributes: [] };
}

/** Drops the packet and says so to its sender: by a reset, or an ICMP message of a code. */
export function reject(how: "tcpReset" | { readonly icmp: number }): Expression {
  const [type, code] = how === "tcpReset" ? ([REJECT_TYPES.tcpReset, 0] as const) : ([REJECT_TYPES.icmp, how.icmp] as const);
  return { name: "reject", attributes: [number(NFTA_REJECT.TYPE, type), { type: NFTA_REJECT.ICMP_CODE, value: u8Value(code) }] };
}
