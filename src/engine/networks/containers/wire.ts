// What the launcher is to send so that a container has its networks and its published ports.
import type { Described, Wiring } from "../../../kernel/netlink/wiring/wiring.ts";
import { familyOf } from "../../../network/address/address.ts";
import type { PortTarget } from "../../../network/firewall/elements.ts";
import { presence } from "../../../network/firewall/presence.ts";
import type { Endpoint } from "../../../network/model/endpoint.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { isBridged, type Network } from "../../../network/model/network.ts";
import type { Rate } from "../../../network/shaping/shaping.ts";
import type { Engine } from "../../engine.ts";
import { driverOf } from "../host/driver-of.ts";
import { networkPlace, type Place } from "../host/namespace.ts";
import { bringUp } from "../host/up.ts";

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
  given?: Place,
): Promise<Pick<Wiring, "host" | "firewall" | "inside">> {
  const tag = engineTag(engine.root);
  const host: Described[] = [];
  const inside: Described[] = [];
  const place = given ?? (await networkPlace(engine));
  let ipv6 = false;
  for (const { network, endpoint, defaultRoute, rate } of endpoints) {
    const up = await bringUp(engine, network, place);
    ipv6 ||= up.ipv6;
    const publishes = targets.some((target) => target.endpoint === endpoint);
    const wired = driverOf(network).wire(network, endpoint, { tag, up, defaultRoute, publishes });
    const shaped = rate === undefined ? [] : (await import("./shaped.ts")).shapedHost(endpoint, { rate, tag, host: wired.host });
    host.push(...[...wired.host, ...shaped].map((message) => ({ ...message, network: network.name })));
    inside.push(...wired.inside.map((message) => ({ ...message, network: network.name })));
  }
  if (targets.length === 0) {
    // Somebody may have flushed root's tables, which have more of a network than ports: whoever sends this finds out.
    const asks = place.within === undefined && endpoints.some(({ network }) => isBridged(network));
    return { host, inside, firewall: asks ? [presence(tag)] : [] };
  }
  const { portElements } = await import("../../../network/firewall/elements.ts");
  // The host may have lost IPv6 since the ports were chosen.
  return { host, inside, firewall: portElements(tag, ipv6 ? targets : targets.filter(({ port }) => familyOf(port.address) === 4)) };
}
