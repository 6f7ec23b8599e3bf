// Messages about network interfaces: rtnetlink(7), <linux/if_link.h>.
import type { Register } from "../../plan/plan.ts";
import { type Attribute, type Message, NAMESPACE, NLM_F } from "../message.ts";
import { be16Value, filled, flag, macValue, optional, stringValue, textValue, u16Value, u32Value } from "../values.ts";
import {
  IFF_UP,
  IFLA,
  IFLA_BR,
  IFLA_BRPORT,
  IFLA_INFO,
  IFLA_IPVLAN_MODE,
  IFLA_MACVLAN_MODE,
  IFLA_VXLAN,
  IPVLAN_MODES,
  MACVLAN_MODES,
  VETH_INFO_PEER,
} from "./link-numbers.ts";
import { RTM } from "./numbers.ts";

/** The loopback interface has this index in every network namespace (LOOPBACK_IFINDEX). */
export const LOOPBACK_INDEX = 1;

/** An interface by its index, or by its name: the kernel looks it up. */
export type LinkReference = number | string;

/** What a link of any kind may be given when it is made. */
export interface NewLink {
  readonly name: string;
  /** The kernel's choice otherwise. A number that another link has is EBUSY. */
  readonly index?: number;
  readonly mac?: string;
  readonly mtu?: number;
  readonly txQueueLength?: number;
  readonly up?: boolean;
  /** Where it is made; here otherwise. */
  readonly namespace?: Register | typeof NAMESPACE;
}

/** What only a link of this namespace has. */
export interface LinkSettings extends BridgePort {
  /** The index of the bridge that it is a port of; 0 is none. */
  readonly master?: number;
  /** For programs and for people: /sys/class/net/…/ifalias. */
  readonly alias?: string;
}

/** Of a port of a bridge. */
export interface BridgePort {
  /** Frames may leave by the port that they came from. */
  readonly hairpin?: boolean;
  /** No frames between it and other ports that are isolated. */
  readonly isolated?: boolean;
  /** The bridge learns from frames behind which port an address is. */
  readonly learning?: boolean;
  /** Frames to addresses that the bridge does not know leave here, too. */
  readonly flood?: boolean;
  /** ARP and neighbour discovery are answered from the tables of the bridge. */
  readonly neighbourSuppression?: boolean;
}

export interface NewBridge extends NewLink, LinkSettings {
  readonly multicastSnooping?: boolean;
}

export interface NewVeth extends NewLink, LinkSettings {
  /** It stays down: it cannot come up before it has its peer. */
  readonly peer: Omit<NewLink, "up">;
}

export interface NewMacvlan extends NewLink, LinkSettings {
  /** The index of the interface below it, in this namespace. */
  readonly parent: number;
  readonly mode: keyof typeof MACVLAN_MODES;
}

export interface NewIpvlan extends NewLink, LinkSettings {
  readonly parent: number;
  readonly mode: keyof typeof IPVLAN_MODES;
}

export interface NewVxlan extends NewLink, LinkSettings {
  /** 24 bits. */
  readonly vni: number;
  readonly port: number;
  /** The address of this host that frames are sent from. */
  readonly local?: Uint8Array;
  /** The index of the interface that they leave by. */
  readonly parent?: number;
  /** Whether it learns from frames behind which host an address is; off where that is listed. */
  readonly learnsHosts?: boolean;
}

export function addBridge(bridge: NewBridge): Message[] {
  return made("bridge", bridge, [...flag(IFLA_BR.MCAST_SNOOPING, bridge.multicastSnooping)]);
}

/**
 * A pair. The kernel heeds the index of VETH_INFO_PEER only where the link itself has one, too: so where only the peer is to have one,
 * the peer is the link, and the link its peer, which comes up and to its master by a message of its own.
 */
export function addVeth(veth: NewVeth): Message[] {
  const { peer, master, up } = veth;
  if (veth.index !== undefined || peer.index === undefined) return made("veth", veth, [peerAttribute(peer)]);
  const changes = { ...(master === undefined ? {} : { master }), ...(up === undefined ? {} : { up }) };
  const port = Object.keys(changes).length === 0 ? [] : [setLink(veth.name, changes)];
  return [...made("veth", peer, [peerAttribute(veth)]), ...port, ...settle(veth)];
}

export function addMacvlan(macvlan: NewMacvlan): Message[] {
  const { parent, mode } = macvlan;
  return made("macvlan", macvlan, [{ type: IFLA_MACVLAN_MODE, value: u32Value(MACVLAN_MODES[mode]) }], parent);
}

export function addIpvlan(ipvlan: NewIpvlan): Message[] {
  const { parent, mode } = ipvlan;
  return made("ipvlan", ipvlan, [{ type: IFLA_IPVLAN_MODE, value: u16Value(IPVLAN_MODES[mode]) }], parent);
}

export function addVxlan(vxlan: NewVxlan): Message[] {
  const { vni, port, local, parent, learnsHosts } = vxlan;
  return made("vxlan", vxlan, [
    { type: IFLA_VXLAN.ID, value: u32Value(vni) },
    ...optional(IFLA_VXLAN.LINK, parent, u32Value),
    ...(local === undefined ? [] : [{ type: local.length === 4 ? IFLA_VXLAN.LOCAL : IFLA_VXLAN.LOCAL6, value: local }]),
    ...flag(IFLA_VXLAN.LEARNING, learnsHosts),
    { type: IFLA_VXLAN.PORT, value: be16Value(port) },
  ]);
}

/** An intermediate functional block: what is redirected to it is shaped as if it went out there. */
export function addIfb(ifb: NewLink & LinkSettings): Message[] {
  return made("ifb", ifb, []);
}

export function removeLink(link: LinkReference): Message {
  return { type: RTM.DELLINK, flags: 0, header: interfaceInfo({ index: indexOf(link) }), attributes: nameOf(link) };
}

/** Changes an interface that is there. What it is to be as a port needs a master that it has already. */
export function setLink(link: LinkReference, settings: LinkSettings & Pick<NewLink, "mac" | "mtu" | "txQueueLength" | "up">): Message {
  const { up, master } = settings;
  return {
    type: RTM.NEWLINK,
    flags: 0,
    header: interfaceInfo({ index: indexOf(link), up }),
    attributes: [...nameOf(link), ...shapeAttributes(settings), ...optional(IFLA.MASTER, master, u32Value), ...settingAttributes(settings)],
  };
}

/** Takes an interface up or down. */
export function setLinkUp(link: LinkReference, up: boolean): Message {
  return setLink(link, { up });
}

export function setBridgePort(link: LinkReference, port: BridgePort): Message {
  return setLink(link, port);
}

/**
 * Moves an interface into the network namespace of a descriptor and gives it its name there, both in one step, so that the name
 * cannot clash on the way. `name` may hold `%d`: the kernel puts a free number there. The index stays, or the move fails with EBUSY
 * (IFLA_NEW_IFINDEX, Linux 5.13): messages that follow must not reach another interface.
 */
export function moveLink(
  index: number,
  { name, namespace }: { readonly name: string; readonly namespace: Register | typeof NAMESPACE },
): Message {
  return {
    ...setLink(index, {}),
    attributes: [
      { type: IFLA.IFNAME, value: stringValue(name) },
      { type: IFLA.NET_NS_FD, value: descriptor(namespace) },
      { type: IFLA.NEW_IFINDEX, value: u32Value(index) },
    ],
  };
}

/** The message that makes a link, and one with what the kernel takes only of a link that is there. */
function made(kind: string, link: NewLink & LinkSettings, data: readonly Attribute[], parent?: number): Message[] {
  const message: Message = {
    type: RTM.NEWLINK,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: interfaceInfo(link),
    attributes: [
      ...optional(IFLA.LINK, parent, u32Value),
      ...newLinkAttributes(link),
      ...optional(IFLA.MASTER, link.master, u32Value),
      {
        type: IFLA.LINKINFO,
        value: [{ type: IFLA_INFO.KIND, value: textValue(kind) }, ...(data.length === 0 ? [] : [{ type: IFLA_INFO.DATA, value: data }])],
      },
    ],
  };
  return [message, ...settle(link)];
}

function settle(link: NewLink & LinkSettings): Message[] {
  const attributes = settingAttributes(link);
  const message = setLink(link.name, {});
  return attributes.length === 0 ? [] : [{ ...message, attributes: [...message.attributes, ...attributes] }];
}

/** What a link cannot be given when it is made. */
function settingAttributes({ alias, ...port }: LinkSettings): Attribute[] {
  const data = portAttributes(port);
  return [
    ...optional(IFLA.IFALIAS, alias, textValue),
    ...(data.length === 0 ? [] : [{ type: IFLA.LINKINFO, value: [{ type: IFLA_INFO.SLAVE_DATA, value: data }] }]),
  ];
}

function peerAttribute(peer: Omit<NewLink, "up">): Attribute {
  return { type: VETH_INFO_PEER, value: { header: interfaceInfo({ index: peer.index }), attributes: newLinkAttributes(peer) } };
}

function newLinkAttributes(link: NewLink): Attribute[] {
  const { name, namespace } = link;
  return [{ type: IFLA.IFNAME, value: stringValue(name) }, ...shapeAttributes(link), ...optional(IFLA.NET_NS_FD, namespace, descriptor)];
}

function shapeAttributes({ mac, mtu, txQueueLength }: Pick<NewLink, "mac" | "mtu" | "txQueueLength">): Attribute[] {
  return [
    ...optional(IFLA.TXQLEN, txQueueLength, u32Value),
    ...optional(IFLA.ADDRESS, mac, macValue),
    ...optional(IFLA.MTU, mtu, u32Value),
  ];
}

function portAttributes({ hairpin, isolated, learning, flood, neighbourSuppression }: BridgePort): Attribute[] {
  return [
    ...flag(IFLA_BRPORT.MODE, hairpin),
    ...flag(IFLA_BRPORT.LEARNING, learning),
    ...flag(IFLA_BRPORT.UNICAST_FLOOD, flood),
    ...flag(IFLA_BRPORT.NEIGH_SUPPRESS, neighbourSuppression),
    ...flag(IFLA_BRPORT.ISOLATED, isolated),
  ];
}

/** struct ifinfomsg */
function interfaceInfo({ index = 0, up }: { readonly index?: number | undefined; readonly up?: boolean | undefined }): Uint8Array {
  return filled(16, (view) => {
    view.setInt32(4, index, true);
    view.setUint32(8, up ? IFF_UP : 0, true);
    view.setUint32(12, up === undefined ? 0 : IFF_UP, true);
  });
}

function indexOf(link: LinkReference): number {
  return typeof link === "number" ? link : 0;
}

function nameOf(link: LinkReference): Attribute[] {
  return typeof link === "number" ? [] : [{ type: IFLA.IFNAME, value: stringValue(link) }];
}

function descriptor(namespace: Register | typeof NAMESPACE): Attribute["value"] {
  return namespace === NAMESPACE ? NAMESPACE : { u32: namespace };
}
