// What the launcher is to send so that a container has its networks and its published ports.
import { RTM } from "../../../kernel/netlink/rtnetlink/numbers.ts";
import type { Described, Wiring } from "../../../kernel/netlink/wiring/wiring.ts";
import { familyOf } from "../../../network/address/address.ts";
import { linkAlias, ownIndex } from "../../../network/drivers/names.ts";
import { type PortTarget, portElements } from "../../../network/firewall/elements.ts";
import type { Endpoint } from "../../../network/model/endpoint.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Network } from "../../../network/model/network.ts";
import { type Rate, shapingMessages } from "../../../network/shaping/shaping.ts";
import type { Engine } from "../../engine.ts";
import { wholeFirewall } from "../host/firewall.ts";
import { networkPlace } from "../host/place.ts";
import { bringUp, driverOf, type UpOptions } from "../host/up.ts";

/** A container's place in a network. */
export interface WiredEndpoint {
  readonly network: Network;
  readonly endpoint: Endpoint;
  /** Its default routes lead by this network. */
  readonly defaultRoute: boolean;
  /** How fast packets go in and out. */
  readonly rate?: Rate;
}

/** @throws TeuError, KernelError as bringUp */
export async function wireContainer(
  engine: Engine,
  endpoints: readonly WiredEndpoint[],
  targets: readonly PortTarget[],
  options: UpOptions = {},
): Promise<Omit<Wiring, "hold">> {
  const tag = engineTag(engine.root);
  const host: Described[] = [];
  const inside: Described[] = [];
  const place = options.place ?? (await networkPlace(engine));
  let ipv6 = false;
  for (const { network, endpoint, defaultRoute, rate } of endpoints) {
    const up = await bringUp(engine, network, { ...options, place });
    ipv6 ||= up.ipv6;
    const publishes = targets.some((target) => target.endpoint === endpoint);
    const wired = driverOf(network).wire(network, endpoint, { tag, up, defaultRoute, publishes });
    const shaped = rate === undefined ? [] : shapedHost(endpoint, { rate, tag, host: wired.host });
    host.push(...[...wired.host, ...shaped].map((message) => ({ ...message, network: network.name })));
    inside.push(...wired.inside.map((message) => ({ ...message, network: network.name })));
  }
  // The host may have lost IPv6 since the ports were chosen.
  const firewall = portElements(tag, ipv6 ? targets : targets.filter(({ port }) => familyOf(port.address) === 4));
  return { host, inside, firewall, firewallAnew: firewall.length === 0 ? [] : [...wholeFirewall(engine, place, { ipv6 }), ...firewall] };
}

/** The container's cable is there when these are sent. */
function shapedHost(
  { id, container, interface: name }: Endpoint,
  { rate, tag, host }: { readonly rate: Rate; readonly tag: string; readonly host: readonly Described[] },
): Described[] {
  return shapingMessages({
    endpoint: id,
    veth: ownIndex(id),
    ifb: ownIndex(`${id} rate`),
    interface: name,
    rate,
    alias: linkAlias(tag, container),
    // The only queue that a cable has by itself is the one for answers to ::1.
    hasIngress: host.some(({ message }) => message.type === RTM.NEWQDISC),
  });
}
