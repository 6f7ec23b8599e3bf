// Interfaces of the host as plain data, from the kernel's own tables: rtnetlink(7) dumps of links and addresses. Unlike getifaddrs(3) as
// most languages wrap it, they show interfaces that are down, too, and which addresses are permanent.
import { type Op, op, type Register } from "../plan/plan.ts";
import type { InterfaceAddress } from "./addresses.ts";
import { ATTRIBUTE_HEADER_SIZE, align, encodeMessages, HEADER_SIZE, NETLINK_ROUTE, NLM_F } from "./message.ts";

/** An interface of the caller's network namespace, as the probe found it. */
export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  /** Its permanent addresses of global scope. */
  readonly addresses: readonly InterfaceAddress[];
}

const RTM = { NEWLINK: 16, GETLINK: 18, NEWADDR: 20, GETADDR: 22 } as const;
const IFLA_IFNAME = 3;
const IFA = { LOCAL: 2, ADDRESS: 1, BROADCAST: 4, FLAGS: 8 } as const;
const IFA_F_PERMANENT = 0x80;
const RT_SCOPE_UNIVERSE = 0;
/** Sizes of struct ifinfomsg and struct ifaddrmsg. */
const FIXED = { link: 16, address: 8 } as const;

/** Appends the tables of links and addresses to the file in register `to`: what linksOf reads. */
export function dumpLinksOps(to: Register): Op[] {
  const dump = (type: number, size: number, subject: string) => {
    const request = encodeMessages([{ type, flags: NLM_F.DUMP, header: new Uint8Array(size), attributes: [] }]);
    return op("netlinkDump", { protocol: NETLINK_ROUTE, request, to }, { from: "linux.netDevices", subject });
  };
  return [dump(RTM.GETLINK, FIXED.link, "the host's interfaces"), dump(RTM.GETADDR, FIXED.address, "their addresses")];
}

/** The interfaces in the messages of both dumps; messages of another kind are passed over. */
export function linksOf(dump: Uint8Array): LinkFacts[] {
  const messages = messagesIn(dump);
  const addresses = messages.flatMap(({ type, body }) => (type === RTM.NEWADDR ? permanentAddress(body) : []));
  return messages.flatMap(({ type, body }) => {
    const name = type === RTM.NEWLINK ? attributesIn(body, FIXED.link).get(IFLA_IFNAME) : undefined;
    if (name === undefined) return [];
    const index = viewOf(body).getInt32(4, true);
    const own = addresses.filter((address) => address.index === index).map(({ address }) => address);
    return [{ name: new TextDecoder().decode(name.subarray(0, -1)), index, addresses: own }];
  });
}

function permanentAddress(body: Uint8Array): { readonly index: number; readonly address: InterfaceAddress }[] {
  const [, prefixLength = 0, shortFlags = 0, scope] = body;
  const attributes = attributesIn(body, FIXED.address);
  const wide = attributes.get(IFA.FLAGS);
  const flags = wide === undefined ? shortFlags : viewOf(wide).getUint32(0, true);
  // Of a point-to-point interface, ADDRESS is the peer's; IPv6 has no LOCAL otherwise.
  const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
  if (address === undefined || scope !== RT_SCOPE_UNIVERSE || (flags & IFA_F_PERMANENT) === 0) return [];
  const broadcast = attributes.get(IFA.BROADCAST);
  const index = viewOf(body).getUint32(4, true);
  return [{ index, address: { address, prefixLength, ...(broadcast === undefined ? {} : { broadcast }) } }];
}

interface Received {
  readonly type: number;
  /** The family's fixed header and the attributes. */
  readonly body: Uint8Array;
}

function messagesIn(bytes: Uint8Array): Received[] {
  const view = viewOf(bytes);
  const found: Received[] = [];
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_SIZE) break;
    found.push({ type: view.getUint16(at + 4, true), body: bytes.slice(at + HEADER_SIZE, at + length) });
    at += align(length);
  }
  return found;
}

function attributesIn(body: Uint8Array, from: number): Map<number, Uint8Array> {
  const view = viewOf(body);
  const found = new Map<number, Uint8Array>();
  for (let at = from; at + ATTRIBUTE_HEADER_SIZE <= body.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_SIZE) break;
    found.set(view.getUint16(at + 2, true), body.slice(at + ATTRIBUTE_HEADER_SIZE, at + length));
    at += align(length);
  }
  return found;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
