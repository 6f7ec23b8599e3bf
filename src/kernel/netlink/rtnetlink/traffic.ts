// Messages about traffic control: a limit of what leaves an interface, and packets taken elsewhere as they come in. rtnetlink(7), tc(8),
// <linux/pkt_sched.h>, <linux/pkt_cls.h>, <linux/tc_act/tc_mirred.h>.
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { filled, stringValue, u32Value } from "../values.ts";
import { type AddressRange, RTM } from "./numbers.ts";

const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TCA_TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
const TCA_U32 = { SEL: 5, ACT: 7 } as const;
const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;
const TCA_MIRRED_PARMS = 2;
const TCA_EGRESS_REDIR = 1;
const TC_ACT_STOLEN = 4;
const TC_U32_TERMINAL = 1;
/** Where a queueing discipline or a filter hangs. */
const PARENTS = { root: 0xffffffff, ingress: 0xfffffff1, ingressFilters: 0xfffffff2 } as const;
const INGRESS_HANDLE = 0xffff0000;

/** EtherTypes, as <linux/if_ether.h> has them. */
const ETH_P = { all: 0x0003, ip: 0x0800, ip6: 0x86dd } as const;
/** Offsets of the destination in the headers, by its size. */
const DESTINATION = { 4: 16, 16: 24 } as const;

export interface Limit {
  /** Bytes a second. */
  readonly rate: number;
  /** Bytes that may go at once after a pause. */
  readonly burst: number;
  /** Bytes that may wait; more are dropped. */
  readonly limit: number;
}

/** A token bucket: what leaves the interface is held to a rate. One that is there is changed. */
export function tbf(index: number, { rate, burst, limit }: Limit): Message {
  const wide = rate > 0xffffffff;
  const parameters = filled(36, (view) => {
    // struct tc_tbf_qopt: the rate as a struct tc_ratespec, no peak rate, then limit; the burst comes as an attribute.
    view.setUint8(1, TC_LINKLAYER_ETHERNET);
    view.setUint32(8, wide ? 0xffffffff : rate, true);
    view.setUint32(24, limit, true);
  });
  return qdisc(RTM.NEWQDISC, NLM_F.CREATE | NLM_F.REPLACE, index, { parent: PARENTS.root, kind: "tbf" }, [
    { type: TCA_TBF.PARMS, value: parameters },
    { type: TCA_TBF.BURST, value: u32Value(burst) },
    ...(wide ? [{ type: TCA_TBF.RATE64, value: filled(8, (view) => view.setBigUint64(0, BigInt(rate), true)) }] : []),
  ]);
}
/** Nothing of ATM's cells: the kernel then needs no table of rates. */
const TC_LINKLAYER_ETHERNET = 1;

/** What filters for packets that come in hang at. */
export function ingressQdisc(index: number): Message {
  const place = { parent: PARENTS.ingress, handle: INGRESS_HANDLE, kind: "ingress" };
  return qdisc(RTM.NEWQDISC, NLM_F.CREATE | NLM_F.EXCL, index, place);
}

/** Removes what `tbf` or `ingressQdisc` has made, with its filters. */
export function removeQdisc(index: number, where: "root" | "ingress"): Message {
  const ingress = { handle: INGRESS_HANDLE, kind: "ingress" };
  return qdisc(RTM.DELQDISC, 0, index, { parent: PARENTS[where], ...(where === "ingress" ? ingress : {}) });
}

export interface Redirection {
  /** Packets to these addresses; all packets otherwise. */
  readonly destination?: AddressRange;
  /** The index of the interface that they leave by. */
  readonly to: number;
  /** Filters are tried from the least on. The kernel's choice otherwise. */
  readonly priority?: number;
}

/** What comes in by an interface with an `ingressQdisc` leaves by another one, as if it had been sent there. */
export function u32Redirect(index: number, { destination, to, priority = 0 }: Redirection): Message {
  const protocol = destination === undefined ? ETH_P.all : destination.address.length === 4 ? ETH_P.ip : ETH_P.ip6;
  const keys = destination === undefined ? [{ mask: 0, value: 0, offset: 0 }] : keysOf(destination);
  const mirred = filled(28, (view) => {
    // struct tc_mirred: index, capabilities, action, two counts; then what it does, and where to.
    view.setInt32(8, TC_ACT_STOLEN, true);
    view.setInt32(20, TCA_EGRESS_REDIR, true);
    view.setUint32(24, to, true);
  });
  const action: Attribute[] = [
    { type: TCA_ACT.KIND, value: stringValue("mirred") },
    { type: TCA_ACT.OPTIONS, value: [{ type: TCA_MIRRED_PARMS, value: mirred }] },
  ];
  return {
    type: RTM.NEWTFILTER,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: trafficHeader(index, { parent: PARENTS.ingressFilters, info: (priority << 16) | swapped(protocol) }),
    attributes: [
      { type: TCA.KIND, value: stringValue("u32") },
      {
        type: TCA.OPTIONS,
        value: [
          { type: TCA_U32.ACT, value: [{ type: 1, value: action }] },
          { type: TCA_U32.SEL, value: selector(keys) },
        ],
      },
    ],
  };
}

interface Key {
  readonly mask: number;
  readonly value: number;
  readonly offset: number;
}

/** 32 bits of the header each. */
function keysOf({ address, prefixLength }: AddressRange): Key[] {
  const first = DESTINATION[address.length === 4 ? 4 : 16];
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  return Array.from({ length: Math.ceil(prefixLength / 32) }, (_, word) => {
    const mask = (0xffffffff << (32 - Math.min(32, prefixLength - word * 32))) >>> 0;
    return { mask, value: (view.getUint32(word * 4) & mask) >>> 0, offset: first + word * 4 };
  });
}

/** struct tc_u32_sel, and a struct tc_u32_key for each. */
function selector(keys: readonly Key[]): Uint8Array {
  return filled(16 + keys.length * 16, (view) => {
    view.setUint8(0, TC_U32_TERMINAL);
    view.setUint8(2, keys.length);
    for (const [index, { mask, value, offset }] of keys.entries()) {
      view.setUint32(16 + index * 16, mask);
      view.setUint32(20 + index * 16, value);
      view.setInt32(24 + index * 16, offset, true);
    }
  });
}

function qdisc(
  type: number,
  flags: number,
  index: number,
  { parent, handle = 0, kind }: { readonly parent: number; readonly handle?: number; readonly kind?: string },
  options: readonly Attribute[] = [],
): Message {
  const attributes = [
    ...(kind === undefined ? [] : [{ type: TCA.KIND, value: stringValue(kind) }]),
    ...(options.length === 0 ? [] : [{ type: TCA.OPTIONS, value: options }]),
  ];
  return { type, flags, header: trafficHeader(index, { parent, handle }), attributes };
}

/** struct tcmsg */
function trafficHeader(
  index: number,
  { parent, handle = 0, info = 0 }: { readonly parent: number; readonly handle?: number; readonly info?: number },
): Uint8Array {
  return filled(20, (view) => {
    view.setInt32(4, index, true);
    view.setUint32(8, handle, true);
    view.setUint32(12, parent, true);
    view.setUint32(16, info, true);
  });
}

/** Of sixteen bits, in network order within the number. */
function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}
