// What our tables have of a network and of a published port: elements of their sets.
import { interfaceName } from "../../kernel/netlink/nftables/data-types.ts";
import { addElements, type Element, removeElements } from "../../kernel/netlink/nftables/sets.ts";
import { be16Value, u8Value } from "../../kernel/netlink/values.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { addressBytes, type Family, familyOf, fromNumber } from "../address/address.ts";
import { spanOf } from "../ipam/span.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";
import type { Protocol, PublishedPort } from "../model/port.ts";
import { type SetName, setShape } from "./shapes.ts";

/** Numbers of protocols (IANA), as packets have them. */
const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
/** An attribute ends at 64 KiB. */
const MOST_ELEMENTS = 256;

type Entries = ReadonlyMap<SetName, readonly Element[]>;
type Change = typeof addElements | typeof removeElements;

/** What is to be in the tables of one family. */
export function networkElements(tag: string, family: Family, network: Network): Described[] {
  return networkMessages(tag, family, network, addElements);
}

/** ENOENT where one is not there: the network is not in the table then. */
export function removeNetworkElements(tag: string, family: Family, network: Network): Described[] {
  return networkMessages(tag, family, network, removeElements);
}

function networkMessages(tag: string, family: Family, network: Network, change: Change): Described[] {
  return messages(tag, family, networkEntries(family, network), { change, subject: `network ${network.name} in the firewall` });
}

/** Links between which nothing is forwarded. */
export function outsideElements(tag: string, family: Family, links: readonly string[]): Described[] {
  const entries: Entries = new Map([["outside", links.map((name) => ({ key: [interfaceName(name)] }))]]);
  return messages(tag, family, entries, { change: addElements, subject: "links outside" });
}

/** Ports that lead to an endpoint, by way of its network: of the family of each port's address. */
export interface PortTarget {
  readonly port: Pick<PublishedPort, "address" | "port" | "target" | "protocol">;
  readonly network: Pick<Network, "publish">;
  readonly endpoint: Pick<Endpoint, "ipv4" | "ipv6">;
}

export function portElements(tag: string, targets: readonly PortTarget[]): Described[] {
  return portMessages(tag, targets, addElements);
}

/** The elements of published ports in the maps of a family, a text each: to be compared with what is there. */
export function portTexts(family: Family, targets: readonly PortTarget[]): readonly string[] {
  const all = targets.filter(({ port }) => familyOf(port.address) === family).map((target) => portEntries(family, target));
  return [...joined(all)].flatMap(([set, elements]) => elements.map((element) => elementText(set, element)));
}

export function elementText(set: SetName, { key, data = [] }: Pick<Element, "key" | "data">): string {
  const parts = Array.isArray(data) ? [...key, ...data] : key;
  return [set, ...parts.map((part: Uint8Array) => part.toHex())].join(" ");
}

/** ENOENT where one is not there. */
export function removePortElements(tag: string, targets: readonly PortTarget[]): Described[] {
  return portMessages(tag, targets, removeElements);
}

function portMessages(tag: string, targets: readonly PortTarget[], change: Change): Described[] {
  return ([4, 6] as const).flatMap((family) => {
    const all = targets.filter(({ port }) => familyOf(port.address) === family).map((target) => portEntries(family, target));
    return messages(tag, family, joined(all), { change, subject: "published ports" });
  });
}

function networkEntries(family: Family, network: Network): Entries {
  const { interface: name = "", isolated, internal, masquerade, subnets } = network;
  const one = interfaceName(name);
  const alone: readonly Element[] = [{ key: [one] }];
  const own = subnets.flatMap(({ prefix }) => {
    if (familyOf(prefix) !== family) return [];
    const { first, last } = spanOf(prefix);
    return [{ key: [fromNumber(first, family)], last: [fromNumber(last, family)] }];
  });
  return new Map<SetName, readonly Element[]>([
    ["bridges", alone],
    ["same", [{ key: [one, one] }]],
    ...(isolated ? [["isolated", alone] as const] : []),
    ...(internal ? [["internal", alone] as const] : []),
    ...(masquerade && !internal ? [["masqueraded", alone] as const] : []),
    ...(own.length === 0 ? [] : [["subnets", own] as const]),
  ]);
}

function portEntries(family: Family, { port, network, endpoint }: PortTarget): Entries {
  const container = family === 4 ? endpoint.ipv4 : endpoint.ipv6;
  const [to, at] = [addressBytes(container ?? ""), addressBytes(port.address)];
  if (to === undefined || at === undefined) return new Map();
  const number = [u8Value(PROTOCOL_NUMBERS[port.protocol]), be16Value(port.port)];
  const all = at.every((byte) => byte === 0);
  const key = all ? number : [at, ...number];
  return new Map<SetName, readonly Element[]>([
    [all ? "ports_all" : "ports", [{ key, data: [to, be16Value(port.target)] }]],
    ...(network.publish === "filtered" ? [[all ? "gated_all" : "gated", [{ key }]] as const] : []),
  ]);
}

function joined(all: readonly Entries[]): Entries {
  const found = new Map<SetName, Element[]>();
  for (const entries of all)
    for (const [set, elements] of entries) {
      const list = found.get(set);
      if (list === undefined) found.set(set, [...elements]);
      else list.push(...elements);
    }
  return found;
}

function messages(
  tag: string,
  family: Family,
  entries: Entries,
  { change, subject }: { readonly change: Change; readonly subject: string },
): Described[] {
  return [...entries].flatMap(([set, elements]) =>
    chunks(elements).map((some) => ({ message: change(setShape(tag, family, set), some), subject })),
  );
}

function chunks<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / MOST_ELEMENTS) }, (_, index) =>
    list.slice(index * MOST_ELEMENTS, (index + 1) * MOST_ELEMENTS),
  );
}
