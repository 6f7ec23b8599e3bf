// What the launcher is to send so that a container has its networks and its published ports.
import type { Described, Wiring } from "../../kernel/netlink/wiring.ts";
import { type PortTarget, portElements } from "../../network/firewall/elements.ts";
import type { Endpoint } from "../../network/model/endpoint.ts";
import { engineTag } from "../../network/model/engine-tag.ts";
import type { Network } from "../../network/model/network.ts";
import type { Engine } from "../engine.ts";
import { wholeFirewall } from "./firewall.ts";
import { ownPlace } from "./host.ts";
import { bringUp, driverOf, type UpOptions } from "./up.ts";

/** A container's place in a network. */
export interface WiredEndpoint {
  readonly network: Network;
  readonly endpoint: Endpoint;
  /** Its default routes lead by this network. */
  readonly defaultRoute: boolean;
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
  const { place = ownPlace() } = options;
  let ipv6 = false;
  for (const { network, endpoint, defaultRoute } of endpoints) {
    const up = await bringUp(engine, network, { ...options, place });
    ipv6 ||= up.ipv6;
    const publishes = targets.some((target) => target.endpoint === endpoint);
    const wired = driverOf(network).wire(network, endpoint, { tag, up, defaultRoute, publishes });
    host.push(...wired.host.map((message) => ({ ...message, network: network.name })));
    inside.push(...wired.inside.map((message) => ({ ...message, network: network.name })));
  }
  const firewall = portElements(tag, targets);
  return { host, inside, firewall, firewallAnew: firewall.length === 0 ? [] : [...wholeFirewall(engine, place, { ipv6 }), ...firewall] };
}
