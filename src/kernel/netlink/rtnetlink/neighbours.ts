// Messages about neighbours: who has which address on a link (ARP, neighbour discovery), and behind which port or host a bridge or a
// vxlan finds a MAC address (its forwarding database). rtnetlink(7), <linux/neighbour.h>.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { be16Value, filled, macText, macValue, optional, u32Value, viewOf } from "../values.ts";
import { AF, familyOf, RTM } from "./numbers.ts";

const NDA = { DST: 1, LLADDR: 2, PORT: 6, VNI: 7, MASTER: 9 } as const;
const NUD = { NOARP: 0x40, PERMANENT: 0x80 } as const;
const NTF = { SELF: 0x2, MASTER: 0x4, PROXY: 0x8 } as const;

export interface Neighbour {
  /** Four or sixteen bytes. */
  readonly address: Uint8Array;
  readonly mac: string;
}

/** Where frames for a MAC address go; `00:00:00:00:00:00` in a vxlan is for all that it does not know. */
export interface ForwardingEntry {
  readonly mac: string;
  /** The other host, of a vxlan. */
  readonly host?: Uint8Array;
  readonly port?: number;
  readonly vni?: number;
  /** One more host for the same MAC address: each gets a copy. */
  readonly append?: boolean;
  /** The entry is the bridge's whose port the interface is, not the interface's own. */
  readonly master?: boolean;
}

/** A permanent entry; what was known of the address is replaced. */
export function addNeighbour(index: number, { address, mac }: Neighbour): Message {
  return {
    type: RTM.NEWNEIGH,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    header: neighbourHeader(index, { family: familyOf(address), state: NUD.PERMANENT, flags: 0 }),
    attributes: [
      { type: NDA.DST, value: address },
      { type: NDA.LLADDR, value: macValue(mac) },
    ],
  };
}

export function removeNeighbour(index: number, address: Uint8Array): Message {
  return {
    type: RTM.DELNEIGH,
    flags: 0,
    header: neighbourHeader(index, { family: familyOf(address), state: NUD.PERMANENT, flags: 0 }),
    attributes: [{ type: NDA.DST, value: address }],
  };
}

/** The interface answers for an address that is elsewhere. */
export function addProxy(index: number, address: Uint8Array): Message {
  const header = neighbourHeader(index, { family: familyOf(address), state: NUD.PERMANENT, flags: NTF.PROXY });
  return { type: RTM.NEWNEIGH, flags: NLM_F.CREATE | NLM_F.EXCL, header, attributes: [{ type: NDA.DST, value: address }] };
}

export function removeProxy(index: number, address: Uint8Array): Message {
  const header = neighbourHeader(index, { family: familyOf(address), state: NUD.PERMANENT, flags: NTF.PROXY });
  return { type: RTM.DELNEIGH, flags: 0, header, attributes: [{ type: NDA.DST, value: address }] };
}

/** A permanent entry of a forwarding database; it replaces the one that the MAC address had unless it is to be one more. */
export function addForwarding(index: number, entry: ForwardingEntry): Message {
  return {
    type: RTM.NEWNEIGH,
    flags: NLM_F.CREATE | (entry.append ? NLM_F.APPEND : NLM_F.REPLACE),
    header: forwardingHeader(index, entry),
    attributes: forwardingAttributes(entry),
  };
}

export function removeForwarding(index: number, entry: ForwardingEntry): Message {
  return { type: RTM.DELNEIGH, flags: 0, header: forwardingHeader(index, entry), attributes: forwardingAttributes(entry) };
}

function forwardingHeader(index: number, { master }: ForwardingEntry): Uint8Array {
  return neighbourHeader(index, { family: AF.BRIDGE, state: NUD.NOARP | NUD.PERMANENT, flags: master ? NTF.MASTER : NTF.SELF });
}

function forwardingAttributes({ mac, host, port, vni }: ForwardingEntry): Attribute[] {
  return [
    { type: NDA.LLADDR, value: macValue(mac) },
    ...optional(NDA.DST, host, (value) => value),
    ...optional(NDA.PORT, port, be16Value),
    ...optional(NDA.VNI, vni, u32Value),
  ];
}

/** A neighbour, or an entry of a forwarding database (without an address, or with the other host's), as the kernel tells of it. */
export interface KnownNeighbour {
  readonly index: number;
  readonly family: "address" | "forwarding";
  readonly permanent: boolean;
  readonly proxy: boolean;
  readonly address?: Uint8Array;
  readonly mac?: string;
  readonly port?: number;
  readonly vni?: number;
  /** Of the bridge whose entry it is. */
  readonly master?: number;
}

const HEADER_SIZE = 12; // struct ndmsg

/** What the messages of a dump of neighbours or of forwarding entries tell. */
export function neighboursOf(dump: Uint8Array): KnownNeighbour[] {
  return bodiesOf(dump, RTM.NEWNEIGH, HEADER_SIZE).map((body) => {
    const view = viewOf(body);
    const attributes = new Attributes(body, HEADER_SIZE);
    const mac = attributes.bytes(NDA.LLADDR);
    return {
      index: view.getInt32(4, true),
      family: view.getUint8(0) === AF.BRIDGE ? "forwarding" : "address",
      permanent: (view.getUint16(8, true) & NUD.PERMANENT) !== 0,
      proxy: (view.getUint8(10) & NTF.PROXY) !== 0,
      ...present({ address: attributes.address(NDA.DST) }),
      ...present({ mac: mac && macText(mac) }),
      ...present({ port: attributes.be16(NDA.PORT), vni: attributes.u32(NDA.VNI), master: attributes.u32(NDA.MASTER) }),
    };
  });
}

/** struct ndmsg */
function neighbourHeader(
  index: number,
  { family, state, flags }: { readonly family: number; readonly state: number; readonly flags: number },
): Uint8Array {
  return filled(HEADER_SIZE, (view) => {
    view.setUint8(0, family);
    view.setInt32(4, index, true);
    view.setUint16(8, state, true);
    view.setUint8(10, flags);
  });
}
