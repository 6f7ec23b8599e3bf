// Messages about queues and filters of interfaces, by which traffic is limited and redirected: tc(8), <linux/pkt_sched.h>, <linux/pkt_cls.h>,
// <linux/tc_act/tc_mirred.h>.
import { type Message, NLM_F } from "./message.ts";
import { AF, familyOf, RTM } from "./rtnetlink.ts";
import { filled, stringValue, u32Value, viewOf } from "./values.ts";

const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TCA_TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
const TCA_U32 = { SEL: 5, ACT: 7 } as const;
const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;
const TCA_MIRRED_PARMS = 2;

const TC_H = { ROOT: 0xffff_ffff, INGRESS: 0xffff_fff1 } as const;
/** The handle that the ingress queue has, and its filters' parent. */
const INGRESS_HANDLE = 0xffff_0000;
const TC_LINKLAYER_ETHERNET = 1;
const TC_U32_TERMINAL = 1;
const TC_ACT_STOLEN = 4;
const TCA_EGRESS_REDIR = 1;
/** <linux/if_ether.h> */
const ETH_P = { ALL: 0x0003, IP: 0x0800, IPV6: 0x86dd } as const;
/** Where a header has the destination. */
const DESTINATION_AT = { [AF.INET]: 16, [AF.INET6]: 24 } as const;

export interface TokenBucket {
  /** Bytes a second. */
  readonly rate: number;
  /** Bytes that may go at once after a pause. */
  readonly burst: number;
  /** Bytes that wait at most; more are dropped. */
  readonly limit: number;
}

/** All that leaves by the interface goes no faster than the bucket fills (tc-tbf(8)). */
export function tbf(index: number, { rate, burst, limit }: TokenBucket): Message {
  // The kernel knows how long a frame of Ethernet takes: it needs no table of rates.
  const parameters = filled(36, (view) => {
    view.setUint8(1, TC_LINKLAYER_ETHERNET);
    view.setUint32(8, Math.min(rate, 0xffff_ffff), true);
    view.setUint32(24, limit, true);
  });
  const wide = rate > 0xffff_ffff ? [{ type: TCA_TBF.RATE64, value: u64Value(rate) }] : [];
  const options = [{ type: TCA_TBF.PARMS, value: parameters }, ...wide, { type: TCA_TBF.BURST, value: u32Value(burst) }];
  return queue(index, { parent: TC_H.ROOT, handle: 0 }, [
    { type: TCA.KIND, value: stringValue("tbf") },
    { type: TCA.OPTIONS, value: options },
  ]);
}

/** What comes in by the interface passes filters (tc(8), "ingress"). */
export function ingressQdisc(index: number): Message {
  return queue(index, { parent: TC_H.INGRESS, handle: INGRESS_HANDLE }, [{ type: TCA.KIND, value: stringValue("ingress") }]);
}

export interface Redirection {
  /** The index of the interface by which it is to leave in place of going on. */
  readonly to: number;
  /** Packets to this address alone; all frames where it is absent. */
  readonly destination?: Uint8Array;
  /** Filters with lower numbers are asked first; 1 where it is absent. */
  readonly priority?: number;
}

/** What comes in by an interface leaves by another (tc-u32(8), tc-mirred(8)); the interface has an ingress queue. */
export function u32Redirect(index: number, { to, destination, priority = 1 }: Redirection): Message {
  const action = [
    { type: TCA_ACT.KIND, value: stringValue("mirred") },
    { type: TCA_ACT.OPTIONS, value: [{ type: TCA_MIRRED_PARMS, value: redirect(to) }] },
  ];
  return {
    type: RTM.NEWTFILTER,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: trafficHeader(index, { parent: INGRESS_HANDLE, handle: 0, info: filterInfo(priority, destination) }),
    attributes: [
      { type: TCA.KIND, value: stringValue("u32") },
      {
        type: TCA.OPTIONS,
        value: [
          { type: TCA_U32.SEL, value: selector(destination) },
          { type: TCA_U32.ACT, value: [{ type: 1, value: action }] },
        ],
      },
    ],
  };
}

function filterInfo(priority: number, destination: Uint8Array | undefined): number {
  const protocol = destination === undefined ? ETH_P.ALL : familyOf(destination) === AF.INET ? ETH_P.IP : ETH_P.IPV6;
  const swapped = ((protocol & 0xff) << 8) | (protocol >> 8);
  return priority * 0x1_0000 + swapped;
}

/** struct tc_u32_sel with its keys: words of the header, each under a mask. */
function selector(destination: Uint8Array | undefined): Uint8Array {
  const keys = destination === undefined ? [{ mask: 0, value: 0, offset: 0 }] : keysOf(destination);
  return filled(16 + 16 * keys.length, (view) => {
    view.setUint8(0, TC_U32_TERMINAL);
    view.setUint8(2, keys.length);
    for (const [at, { mask, value, offset }] of keys.entries()) {
      view.setUint32(16 + 16 * at, mask);
      view.setUint32(20 + 16 * at, value);
      view.setInt32(24 + 16 * at, offset, true);
    }
  });
}

function keysOf(destination: Uint8Array) {
  const words = viewOf(destination);
  const start = DESTINATION_AT[familyOf(destination) === AF.INET ? AF.INET : AF.INET6];
  return Array.from({ length: destination.length / 4 }, (_, at) => ({
    mask: 0xffff_ffff,
    value: words.getUint32(at * 4),
    offset: start + at * 4,
  }));
}

/** struct tc_mirred */
function redirect(to: number): Uint8Array {
  return filled(28, (view) => {
    view.setInt32(8, TC_ACT_STOLEN, true);
    view.setInt32(20, TCA_EGRESS_REDIR, true);
    view.setUint32(24, to, true);
  });
}

function queue(index: number, place: { readonly parent: number; readonly handle: number }, attributes: Message["attributes"]): Message {
  return { type: RTM.NEWQDISC, flags: NLM_F.CREATE | NLM_F.EXCL, header: trafficHeader(index, { ...place, info: 0 }), attributes };
}

/** struct tcmsg */
function trafficHeader(
  index: number,
  { parent, handle, info }: { readonly parent: number; readonly handle: number; readonly info: number },
): Uint8Array {
  return filled(20, (view) => {
    view.setInt32(4, index, true);
    view.setUint32(8, handle, true);
    view.setUint32(12, parent, true);
    view.setUint32(16, info, true);
  });
}

function u64Value(value: number): Uint8Array {
  return filled(8, (view) => view.setBigUint64(0, BigInt(value), true));
}
