// macvlan and ipvlan: containers are at the parent's network themselves, with MAC addresses of their own (macvlan) or the parent's (ipvlan). The host
// has no part in it: no gateway of ours, no published ports, and it does not reach its own containers, which is the kernel's rule.
import { TeuError } from "../../base/errors.ts";
import { type Message, NAMESPACE, NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { addIpvlan, addMacvlan, addVeth, removeLink, setLinkUp } from "../../kernel/netlink/rtnetlink/links.ts";
import { addRoute } from "../../kernel/netlink/rtnetlink/routes.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import { familyOf } from "../address/address.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { Network } from "../model/network.ts";
import { DEFAULT_MTU } from "./bridge.ts";
import type { Driver, EndpointPlace, HostFacts } from "./driver.ts";
import { EVERYWHERE, insideMessages } from "./inside.ts";
import { INSIDE_INDEX, linkAlias, ownIndex } from "./names.ts";

type Kind = "macvlan" | "ipvlan";

const driver = (kind: Kind): Driver => ({
  validate(network) {
    if (network.settings?.kind !== kind) throw new TeuError("internal", `network ${network.id}: it has no settings of ${kind}`);
    parentOf(network);
  },
  up: (network, facts) => parentSteps(network, facts),
  indexOf: (network, facts) => parentIndex(network, facts),
  links: (network) => [parentOf(network)],
  wire: (network, endpoint, place) => ({
    host: link(network, endpoint, place).map((message) => ({ message, subject: `${kind} of ${network.name}` })),
    inside: [
      ...insideMessages(network, endpoint, { defaultRoute: place.defaultRoute && !network.internal && !routed(network) }),
      ...(place.defaultRoute && !network.internal && routed(network) ? linkRoutes(endpoint) : []),
    ],
  }),
  unwire: ({ ordinal, interface: name }) => ({
    host: [],
    inside: [{ message: removeLink(INSIDE_INDEX + ordinal), subject: name }],
  }),
  down(network, { links }) {
    const name = parentOf(network);
    return links.get(name) === ownIndex(network.id) ? [{ message: removeLink(name), subject: `cable ${name}` }] : [];
  },
});

export const macvlan = driver("macvlan");
export const ipvlan = driver("ipvlan");

function link(network: Network, { ordinal, interface: name, mac }: Endpoint, { up }: EndpointPlace): Message[] {
  const { settings, mtu } = network;
  const base = {
    name,
    index: INSIDE_INDEX + ordinal,
    parent: up.index,
    namespace: NAMESPACE,
    ...(mtu === undefined ? {} : { mtu }),
  } as const;
  if (settings?.kind === "ipvlan") return addIpvlan({ ...base, mode: settings.mode });
  return addMacvlan({ ...base, mac, mode: settings?.kind === "macvlan" ? settings.mode : "bridge" });
}

function parentOf({ interface: parent, name }: Network): string {
  if (parent === undefined) throw new TeuError("invalid", `network ${name}: no parent is given: -o parent=INTERFACE`);
  return parent;
}

/** An internal network needs no parent: its own is a cable whose other end leads nowhere. A bridge without ports would have no carrier. */
function parentSteps(network: Network, { tag, links }: HostFacts): NetworkStep[] {
  const name = parentOf(network);
  if (links.has(name)) return [];
  if (!network.internal)
    throw new TeuError("not-found", `network ${network.name}: its parent ${name} is not there: the host has no such interface`);
  const end = `vp${network.id.slice(0, 11)}`;
  const { mtu = DEFAULT_MTU, id } = network;
  const peer = { name: end, index: ownIndex(`${id} end`), mtu };
  const make = addVeth({ name, index: ownIndex(id), mtu, alias: linkAlias(tag, id), peer });
  const subject = `cable ${name}`;
  const quiet = [name, end].map(
    (link): NetworkStep => ({ sysctl: { path: `net/ipv6/conf/${link}/disable_ipv6`, value: "1", tolerate: ["ENOENT"] } }),
  );
  const up = [name, end].map((link) => ({ message: setLinkUp(link, true), subject: `${link} up` }));
  return [
    { send: { protocol: NETLINK_ROUTE, messages: make.map((message) => ({ message, subject })) } },
    ...quiet,
    { send: { protocol: NETLINK_ROUTE, messages: up } },
  ];
}

function parentIndex(network: Network, { links }: Pick<HostFacts, "links">): number {
  return links.get(parentOf(network)) ?? ownIndex(network.id);
}

/** ipvlan's modes l3 and l3s have no neighbours: everything is behind the link. */
function routed({ settings }: Network): boolean {
  return settings?.kind === "ipvlan" && settings.mode !== "l2";
}

function linkRoutes({ ipv4, ipv6, ordinal, interface: name }: Endpoint): Described[] {
  const index = INSIDE_INDEX + ordinal;
  return [ipv4, ipv6].flatMap((address) => {
    if (address === undefined) return [];
    return [{ message: addRoute({ destination: EVERYWHERE[familyOf(address)], index }), subject: `default route of ${name}` }];
  });
}
