// Bridges: a switch of the host's own for each network, with the gateway's addresses, and a cable (veth pair) to each container.
import type { Errno } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { NAMESPACE, NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { addBridge, addVeth, removeLink, setLinkUp } from "../../kernel/netlink/rtnetlink/links.ts";
import { addRoute, ROUTE_TABLES } from "../../kernel/netlink/rtnetlink/routes.ts";
import { ingressQdisc, u32Redirect } from "../../kernel/netlink/rtnetlink/traffic.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import { addressBytes, familyOf } from "../address/address.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";
import type { Driver, EndpointPlace, EndpointWiring, HostFacts } from "./driver.ts";
import { addressMessage, insideMessages } from "./inside.ts";
import { gateName, gateOf, hostEndOf, INSIDE_INDEX, linkAlias, ownIndex, ownMac } from "./names.ts";

/** What Ethernet has. */
export const DEFAULT_MTU = 1500;
const LOCALHOST = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

export const bridge: Driver = {
  validate(network) {
    bridgeName(network);
    for (const family of [4, 6] as const)
      if (network.subnets.filter(({ prefix }) => familyOf(prefix) === family).length > 1)
        throw new TeuError("unsupported", `network ${network.name}: a bridge has one subnet of IPv${family} at most`);
  },
  up: (network, facts) => bridgeSteps(network, facts, { mac: ownMac(facts.tag), mtu: network.mtu ?? DEFAULT_MTU }),
  indexOf: (network, { links }) => links.get(bridgeName(network)) ?? ownIndex(network.id),
  links: (network, tag) => [bridgeName(network), gateName(tag, 0)],
  wire,
  unwire: ({ hostInterface }) => ({
    host: hostInterface === undefined ? [] : [{ message: removeLink(hostInterface), subject: hostInterface }],
    inside: [],
  }),
  down(network, { links }) {
    const name = bridgeName(network);
    // A bridge that was there before is its owner's.
    return links.get(name) === ownIndex(network.id) ? [{ message: removeLink(name), subject: `bridge ${name}` }] : [];
  },
};

/** The bridge of a network. @throws TeuError `internal` where its row names none */
function bridgeName({ interface: name, id }: Network): string {
  if (name === undefined) throw new TeuError("internal", `network ${id}: no interface is named`);
  return name;
}

/** The bridge, or what is missing of one that is there; up, with its addresses. */
export function bridgeSteps(
  network: Network,
  { tag, ipv6, bridgeFiltered, links }: HostFacts,
  { mac, mtu }: { readonly mac: string; readonly mtu: number },
): NetworkStep[] {
  const name = bridgeName(network);
  const there = links.get(name);
  const index = there ?? ownIndex(network.id);
  const make = addBridge({ name, index, mac, mtu, alias: linkAlias(tag, network.id) });
  const addresses = network.subnets.flatMap((subnet) => {
    const { gateway } = subnet;
    if (gateway === undefined || (!ipv6 && familyOf(gateway) === 6)) return [];
    return [addressMessage(index, { address: gateway, subnet, on: name })];
  });
  const hasIpv6 = ipv6 && network.subnets.some(({ prefix }) => familyOf(prefix) === 6);
  return [
    ...(there === undefined ? [netlink(make.map((message) => ({ message, subject: `bridge ${name}` })))] : []),
    ...bridgeSettings(network, { name, ipv6: hasIpv6 }),
    netlink([{ message: setLinkUp(index, true), subject: `bridge ${name} up` }, ...addresses], ["EEXIST"]),
    // By it answers to ::1 are let in at the bridge; where frames are filtered, they are sent to the gate before (see wire).
    ...(hasIpv6 && !bridgeFiltered ? [netlink([localhostRoute(index, { tag, on: name })], ["EEXIST"])] : []),
  ];
}

function netlink(messages: readonly Described[], tolerate: readonly Errno[] = []): NetworkStep {
  return { send: { protocol: NETLINK_ROUTE, messages, tolerate } };
}

/** What the kernel has a setting for, a link each. */
function bridgeSettings(network: Network, { name, ipv6 }: { readonly name: string; readonly ipv6: boolean }): NetworkStep[] {
  // A kernel without IPv6 has none of its settings.
  const sysctl = (path: string, value: string): NetworkStep => ({ sysctl: { path, value, tolerate: ["ENOENT"] } });
  const [four, six] = [`net/ipv4/conf/${name}`, `net/ipv6/conf/${name}`];
  return [
    sysctl(`${six}/disable_ipv6`, ipv6 ? "0" : "1"),
    // A container must not become the host's router.
    sysctl(`${six}/accept_ra`, "0"),
    ...[six, four].map((path) => sysctl(`${path}/accept_redirects`, "0")),
    // Without its own address being sure, which takes a second from the first container on, it would look for no neighbour.
    sysctl(`${six}/accept_dad`, "0"),
    // Packets from 127.0.0.1 may leave here, to published ports; none for it may come in: the firewall sees to that.
    ...(network.internal ? [] : [sysctl(`${four}/route_localnet`, "1")]),
  ];
}

/** Packets for ::1 are taken from this link: the kernel wants it to be the link of such a route (rt6_need_strict). */
export function localhostRoute(index: number, { tag, on }: { readonly tag: string; readonly on: string }): Described {
  const destination = { address: LOCALHOST, prefixLength: 128 };
  // Each link has a metric of its own: equal routes would be one.
  const metric = gateOf(tag).metric + (index & 0xf_ffff);
  return {
    message: addRoute({ destination, index, type: "local", table: ROUTE_TABLES.local, metric }),
    subject: `local route of ::1 on ${on}`,
  };
}

function wire(network: Network, endpoint: Endpoint, place: EndpointPlace): EndpointWiring {
  const { hostInterface = hostEndOf(endpoint.id), mac, interface: name, ordinal } = endpoint;
  const { mtu = DEFAULT_MTU } = network;
  const index = ownIndex(endpoint.id);
  const pair = addVeth({
    name: hostInterface,
    index,
    master: place.up.index,
    mtu,
    alias: linkAlias(place.tag, endpoint.container),
    up: true,
    hairpin: true,
    // Where bridged frames are filtered, the firewall keeps containers apart, and lets published ports through.
    ...(network.isolated && !place.up.bridgeFiltered ? { isolated: true } : {}),
    peer: { name, index: INSIDE_INDEX + ordinal, mac, mtu, namespace: NAMESPACE },
  });
  const subject = `cable ${hostInterface} of ${network.name}`;
  const defaultRoute = place.defaultRoute && !network.internal;
  return {
    host: [...pair.map((message) => ({ message, subject })), ...answersToLocalhost(index, { endpoint, place, on: hostInterface })],
    inside: insideMessages(network, withFamilies(endpoint, place), { defaultRoute }),
  };
}

/** The host may have lost IPv6 since the address was chosen. */
function withFamilies(endpoint: Endpoint, { up }: EndpointPlace): Endpoint {
  const { ipv6, ...rest } = endpoint;
  return up.ipv6 || ipv6 === undefined ? endpoint : rest;
}

/**
 * What a published container answers to ::1 goes to the gate's address. Where the filters of IPv6 see bridged frames, they would rewrite it to ::1 on
 * the bridge, and the bridge has no way for that: so it is sent to the gate as it comes in.
 */
function answersToLocalhost(
  index: number,
  { endpoint, place, on }: { readonly endpoint: Endpoint; readonly place: EndpointPlace; readonly on: string },
): Described[] {
  if (!place.publishes || !place.up.bridgeFiltered || !place.up.ipv6 || endpoint.ipv6 === undefined) return [];
  const gate = gateOf(place.tag);
  const address = addressBytes(gate.in.ipv6);
  if (address === undefined) return [];
  const subject = `answers to ::1 from ${on}`;
  return [
    { message: ingressQdisc(index), subject },
    { message: u32Redirect(index, { destination: { address, prefixLength: 128 }, to: gate.out.index }), subject },
  ];
}
