// What one network is to a container, as messages; the network is up when they are known.
import { TeuError } from "../../base/errors.ts";
import { removeRoute } from "../../kernel/netlink/routes.ts";
import type { Described } from "../../kernel/netlink/wiring.ts";
import { familyOf } from "../../network/address/address.ts";
import type { EndpointWiring } from "../../network/drivers/driver.ts";
import { NETWORK_DRIVERS } from "../../network/drivers/drivers.ts";
import { INSIDE_INDEX } from "../../network/drivers/names.ts";
import { engineTag } from "../../network/model/engine-tag.ts";
import type { Engine } from "../engine.ts";
import { byPriority, type Claimed, type Connection, publishedThrough } from "./claim.ts";
import { bringUp } from "./up.ts";

/** @throws TeuError as bringUp */
export async function wire(engine: Engine, { connections, ports }: Claimed, connection: Connection): Promise<EndpointWiring> {
  const { network, endpoint } = connection;
  if (network.driver === "cni")
    throw new TeuError("unsupported", `connect to network ${network.name}: networks of CNI plugins are not built yet`);
  const up = await bringUp(engine, network);
  const parts = NETWORK_DRIVERS[network.driver].wire(network, endpoint, {
    tag: engineTag(engine.root),
    up,
    defaultRoute: connection === defaultConnection(connections),
    publishes: ports.some(({ address }) => publishedThrough(connections, familyOf(address)) === connection),
  });
  const named = (messages: readonly Described[]) => messages.map((message) => ({ ...message, network: network.name }));
  return { host: named(parts.host), inside: named(parts.inside) };
}

/** Where the default routes lead: docker's gw-priority. */
export function defaultConnection(connections: readonly Connection[]): Connection | undefined {
  return byPriority(connections).find(({ network }) => !network.internal);
}

/** Takes the default routes of a place away; ESRCH where there is none. */
export function withoutRoutes({ endpoint: { ordinal, interface: name, ipv4, ipv6 } }: Connection): Described[] {
  return [ipv4, ipv6].flatMap((address) => {
    if (address === undefined) return [];
    const destination = { address: new Uint8Array(familyOf(address) === 4 ? 4 : 16), prefixLength: 0 };
    return [{ message: removeRoute({ destination, index: INSIDE_INDEX + ordinal }), subject: `default route of ${name}` }];
  });
}
