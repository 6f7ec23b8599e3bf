// A change of a running container's networks whose command was killed: what the rows say is done. Cables that the rows do not have are swept before,
// and published ports with the tables (host/sweep.ts).
import { containerById } from "../../../containers/state/rows.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { INSIDE_INDEX } from "../../../network/drivers/names.ts";
import type { Engine } from "../../engine.ts";
import type { Abandoned } from "../changes.ts";
import { presentPlaces, targetsOf } from "../claims/targets.ts";
import { presentPlace } from "../host/namespace.ts";
import { readLinks } from "../host/place.ts";
import { rootlessWithin } from "../rootless/network.ts";
import { wiredPlaces } from "./default-route.ts";
import { namespaceOf } from "./running.ts";
import { wireContainer } from "./wire.ts";

/** Each is forgotten once it is finished. @throws TeuError, KernelError as wireContainer */
export async function finishChanges(engine: Engine, abandoned: readonly Abandoned[]): Promise<void> {
  for (const { container, forget } of abandoned) {
    await finishChange(engine, container);
    forget();
  }
}

async function finishChange(engine: Engine, id: string): Promise<void> {
  const row = containerById(engine.state.rows, id);
  const namespace = namespaceOf(engine, id);
  const place = await presentPlace(engine);
  if (row === undefined || namespace === undefined || place === undefined) return;
  const { connections, ports } = presentPlaces(engine.state.rows, row);
  const there = new Set(readLinks(engine, place).map(({ name }) => name));
  const places = wiredPlaces(connections).filter(({ endpoint: { hostInterface } }) => hostInterface !== undefined);
  const missing = places.filter(({ endpoint: { hostInterface = "" } }) => !there.has(hostInterface));
  const made = await wireContainer(engine, missing, targetsOf(connections, ports), place);
  const remains = missing.map(({ endpoint: { ordinal, interface: name } }) => ({
    message: removeLink(INSIDE_INDEX + ordinal),
    subject: name,
  }));
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
      // Of a user's namespace that was lost, which somebody may still have.
      { send: { protocol: NETLINK_ROUTE, namespace, messages: remains, tolerate: ["ENODEV"] } },
      { send: { protocol: NETLINK_ROUTE, messages: made.host } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: made.inside } },
      { send: { protocol: NETLINK_ROUTE, namespace, messages: inside, tolerate: ["EEXIST"] } },
    ],
  });
}
