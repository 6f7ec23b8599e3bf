// Messages of traffic control: <linux/pkt_sched.h>, <linux/pkt_cls.h>, <linux/tc_act/tc_mirred.h>.
import { type Message, NLM_F } from "./message.ts";
import { RTM } from "./rtnetlink.ts";
import { filled, stringValue } from "./values.ts";

const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TCA_U32 = { SEL: 5, ACT: 7 } as const;
const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;
const TCA_MIRRED_PARMS = 2;
const INGRESS = { parent: 0xfffffff1, handle: 0xffff0000 } as const;
const TC_ACT_STOLEN = 4;
const TCA_EGRESS_REDIR = 1;
const TC_U32_TERMINAL = 1;
/** Where the destination is in a packet, and the packet's protocol of Ethernet. */
const FAMILIES = { 4: { protocol: 0x0800, destination: 16 }, 6: { protocol: 0x86dd, destination: 24 } } as const;

/** What comes in by a link can be classified. */
export function ingressQdisc(index: number): Message {
  return {
    type: RTM.NEWQDISC,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: trafficHeader(index, { handle: INGRESS.handle, parent: INGRESS.parent, info: 0 }),
    attributes: [{ type: TCA.KIND, value: stringValue("ingress") }],
  };
}

/** Packets for one address that come in by a link go out by another instead. */
export function u32Redirect(
  index: number,
  { family, destination, to }: { readonly family: 4 | 6; readonly destination: Uint8Array; readonly to: number },
): Message {
  const { protocol, destination: offset } = FAMILIES[family];
  const swapped = ((protocol & 0xff) << 8) | (protocol >> 8);
  const keys = destination.length / 4;
  const selector = filled(16 + keys * 16, (view) => {
    view.setUint8(0, TC_U32_TERMINAL);
    view.setUint8(2, keys);
    for (let key = 0; key < keys; key++) {
      const at = 16 + key * 16;
      view.setUint32(at, 0xffffffff);
      for (let byte = 0; byte < 4; byte++) view.setUint8(at + 4 + byte, destination[key * 4 + byte] ?? 0);
      view.setInt32(at + 8, offset + key * 4, true);
    }
  });
  const mirred = filled(28, (view) => {
    view.setInt32(8, TC_ACT_STOLEN, true);
    view.setInt32(20, TCA_EGRESS_REDIR, true);
    view.setUint32(24, to, true);
  });
  const action = [
    { type: TCA_ACT.KIND, value: stringValue("mirred") },
    { type: TCA_ACT.OPTIONS, value: [{ type: TCA_MIRRED_PARMS, value: mirred }] },
  ];
  return {
    type: RTM.NEWTFILTER,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: trafficHeader(index, { handle: 0, parent: INGRESS.handle, info: (1 << 16) | swapped }),
    attributes: [
      { type: TCA.KIND, value: stringValue("u32") },
      {
        type: TCA.OPTIONS,
        value: [
          { type: TCA_U32.SEL, value: selector },
          { type: TCA_U32.ACT, value: [{ type: 1, value: action }] },
        ],
      },
    ],
  };
}

/** struct tcmsg */
function trafficHeader(
  index: number,
  { handle, parent, info }: { readonly handle: number; readonly parent: number; readonly info: number },
): Uint8Array {
  return filled(20, (view) => {
    view.setInt32(4, index, true);
    view.setUint32(8, handle, true);
    view.setUint32(12, parent, true);
    view.setUint32(16, info, true);
  });
}
