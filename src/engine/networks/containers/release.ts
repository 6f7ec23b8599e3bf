// What a container has of its networks is given up: rows, and what of the kernel's does not go with its network namespace.
import type { Writer } from "../../../base/database.ts";
import { containerById } from "../../../containers/state/rows.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { unshapingMessages } from "../../../network/shaping/shaping.ts";
import { dropEndpoints } from "../../../network/state/endpoints.ts";
import { dropPorts } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed } from "../claims/claim.ts";
import { recordNetworkEvent } from "../event.ts";
import { carryOut, type Place } from "../host/place.ts";
import { removePorts } from "./publish.ts";
import { presentPlaces } from "./running.ts";

/**
 * In the transaction that says that its run is over. The kernel's part is done within it, before anybody else can have an address or a port of it: a
 * launcher's plan of some milliseconds, of containers with published ports alone. Whatever it leaves is swept by the next command that looks for that.
 */
export function leaveNetworks(db: Writer, engine: Engine, id: string, place: Place | undefined): void {
  const row = containerById(db, id);
  if (row === undefined) return;
  const places = presentPlaces(db, row);
  if (places.ports.length > 0) {
    try {
      removePorts(engine, places);
    } catch (error) {
      engine.runtime.warn(`take back the ports of container ${row.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (place !== undefined) unshape(engine, place, places);
  dropPorts(db, id);
  dropEndpoints(db, id);
  for (const { network } of places.connections) recordNetworkEvent(db, engine, { action: "disconnect", network, container: id });
}

/** The queues of a container with a limit of what leaves it are interfaces of the host's. */
function unshape(engine: Engine, place: Place, { subject, connections }: Claimed): void {
  const messages = connections.flatMap(({ endpoint, attachment }) => unshapingMessages(endpoint, attachment.rate));
  if (messages.length === 0) return;
  try {
    carryOut(engine, place, `take back the limits of ${subject.name}`, [
      { send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] } },
    ]);
  } catch (error) {
    engine.runtime.warn(`take back the limits of container ${subject.name}: ${error instanceof Error ? error.message : error}`);
  }
}
