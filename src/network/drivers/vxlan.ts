// vxlan (RFC 7348): a bridge like every other, with one port more that leads to the bridges of the same network on other hosts. Which hosts those are is
// listed, in a file or by the network: frames for addresses that are not known go to all of them, and the bridge learns.
import { TeuError } from "../../base/errors.ts";
import { NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { addVxlan, removeLink, setLinkUp } from "../../kernel/netlink/rtnetlink/links.ts";
import { addForwarding } from "../../kernel/netlink/rtnetlink/neighbours.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import { addressBytes, familyOf } from "../address/address.ts";
import type { DriverSettings, Network } from "../model/network.ts";
import { bridge, bridgeSteps, DEFAULT_MTU } from "./bridge.ts";
import type { Driver, HostFacts, Peer } from "./driver.ts";
import { linkAlias, ownIndex, ownMac } from "./names.ts";

type Settings = Extract<DriverSettings, { readonly kind: "vxlan" }>;

/** What the headers of Ethernet, IP, UDP and vxlan take. */
const OVERHEAD = { 4: 50, 6: 70 } as const;
const EVERYBODY = "00:00:00:00:00:00";

export const vxlan: Driver = {
  validate(network) {
    bridge.validate(network);
    settingsOf(network);
  },
  up(network, facts) {
    const settings = settingsOf(network);
    const mtu = vxlanMtu(network);
    // Several hosts' bridges are on one wire: each has a MAC address of its own.
    const mac = ownMac(`${facts.tag} ${settings.local}`);
    return [...bridgeSteps(network, facts, { mac, mtu }), ...tunnelSteps(network, facts, { settings, mtu })];
  },
  indexOf: bridge.indexOf,
  links: (network, tag) => [...bridge.links(network, tag), tunnelName(network)],
  wire: (network, endpoint, place) => bridge.wire({ ...network, mtu: vxlanMtu(network) }, endpoint, place),
  unwire: bridge.unwire,
  down: (network, facts) => [
    ...(facts.links.has(tunnelName(network))
      ? [{ message: removeLink(tunnelName(network)), subject: `vxlan ${tunnelName(network)}` }]
      : []),
    ...bridge.down(network, facts),
  ],
};

/** So that a full frame with its headers fits into one packet of the host's network. */
function vxlanMtu(network: Network): number {
  return network.mtu ?? DEFAULT_MTU - OVERHEAD[familyOf(settingsOf(network).local)];
}

/** `vx` and the beginning of the network's id. */
export function tunnelName({ id }: Network): string {
  return `vx${id.slice(0, 11)}`;
}

function settingsOf({ settings, id }: Network): Settings {
  if (settings?.kind !== "vxlan") throw new TeuError("internal", `network ${id}: it has no settings of vxlan`);
  return settings;
}

function tunnelSteps(
  network: Network,
  facts: HostFacts,
  { settings, mtu }: { readonly settings: Settings; readonly mtu: number },
): NetworkStep[] {
  const name = tunnelName(network);
  const there = facts.links.get(name);
  const index = there ?? ownIndex(`${network.id} vxlan`);
  const { vni, port } = settings;
  const local = addressBytes(settings.local);
  const make = addVxlan({
    name,
    index,
    master: bridge.indexOf(network, facts),
    mtu,
    vni,
    port,
    ...(local === undefined ? {} : { local }),
    learning: true,
    alias: linkAlias(facts.tag, network.id),
  });
  const subject = `vxlan ${name}`;
  const messages = [
    ...(there === undefined ? make.map((message) => ({ message, subject })) : []),
    { message: setLinkUp(index, true), subject: `${subject} up` },
    ...facts.peers.flatMap((peer) => forwarding(index, peer)),
  ];
  return [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["EEXIST"] } }];
}

/** All that is not known goes to every host, what is known to its own alone. */
function forwarding(index: number, { address, macs }: Peer): Described[] {
  const host = addressBytes(address);
  if (host === undefined) return [];
  return [
    { message: addForwarding(index, { mac: EVERYBODY, host, append: true }), subject: `vxlan to ${address}` },
    ...macs.map((mac) => ({ message: addForwarding(index, { mac, host }), subject: `${mac} at ${address}` })),
  ];
}
