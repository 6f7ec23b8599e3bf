// A change of a running container's networks whose command was killed: what the rows say is done. Cables that the rows do not have are swept before,
// and published ports with the tables (host/sweep.ts).
import { containerById } from "../../../containers/state/rows.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import type { Engine } from "../../engine.ts";
import { presentPlaces, targetsOf } from "../claims/targets.ts";
import { presentPlace } from "../host/namespace.ts";
import { readLinks } from "../host/place.ts";
import { rootlessWithin } from "../rootless/network.ts";
import { wiredPlaces } from "./default-route.ts";
import { namespaceOf } from "./running.ts";
import { wireContainer } from "./wire.ts";

/** @throws TeuError, KernelError as wireContainer */
export async function finishChange(engine: Engine, id: string): Promise<void> {
  const row = containerById(engine.state.rows, id);
  const namespace = namespaceOf(engine, id);
  const place = await presentPlace(engine);
  if (row === undefined || namespace === undefined || place === undefined) return;
  const { connections, ports } = presentPlaces(engine.state.rows, row);
  const there = new Set(readLinks(engine, place).map(({ name }) => name));
  const places = wiredPlaces(connections).filter(({ endpoint: { hostInterface } }) => hostInterface !== undefined);
  const missing = places.filter(({ endpoint: { hostInterface = "" } }) => !there.has(hostInterface));
  const made = await wireContainer(engine, missing, targetsOf(connections, ports), place);
  // The default routes may have gone with a cable.
  const { inside } = await wireContainer(
    engine,
    places.filter(({ defaultRoute }) => defaultRoute),
    [],
    place,
  );
  workOnNetwork(engine.runtime, {
    doing: `connect container ${row.name} to its networks`,
    ...rootlessWithin(engine),
    container: namespace,
    steps: [
      { send: { protocol: NETLINK_ROUTE, messages: made.host } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: made.inside } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: inside, tolerate: ["EEXIST"] } },
    ],
  });
}
