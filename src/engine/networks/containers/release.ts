// What a container has of its networks is given up: rows, and what of the kernel's does not go with its network namespace.
import type { Writer } from "../../../base/database.ts";
import { containerById } from "../../../containers/state/rows.ts";
import { dropEndpoints } from "../../../network/state/endpoints.ts";
import { dropPorts, portsOf } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";
import type { Claimed } from "../claims/claim.ts";
import { presentPlaces } from "../claims/targets.ts";
import { recordNetworkEvent } from "../event.ts";

/** Gives up what a container has of its networks, in the transaction that says that its run is over. It may be done again. */
export type Leave = (db: Writer, id: string) => void;

/** Takes something of a container's back from the kernel. */
type Taking = (places: Claimed) => void;

/** Loads what of the kernel's this container has to give up; most have nothing. */
export async function leaving(engine: Engine, { id, isLimited }: { readonly id: string; readonly isLimited: boolean }): Promise<Leave> {
  const takings: Taking[] = [];
  if (portsOf(engine.state.rows, id).length > 0) {
    const { takePortsBack } = await import("./publish.ts");
    takings.push((places) => takePortsBack(engine, places));
  }
  const place = isLimited ? await (await import("../host/namespace.ts")).presentPlace(engine) : undefined;
  if (place !== undefined) {
    const { unshape } = await import("./shaped.ts");
    takings.push((places) => unshape(engine, place, places));
  }
  return (db, of) => leaveNetworks(db, engine, of, takings);
}

/**
 * In the transaction that says that its run is over. The kernel's part is done within it, before anybody else can have an address or a port of it: a
 * launcher's plan of some milliseconds, of containers with published ports alone. Whatever it leaves is swept by the next command that looks for that.
 */
function leaveNetworks(db: Writer, engine: Engine, id: string, takings: readonly Taking[]): void {
  const row = containerById(db, id);
  if (row === undefined) return;
  const places = presentPlaces(db, row);
  for (const take of takings) take(places);
  dropPorts(db, id);
  dropEndpoints(db, id);
  for (const { network } of places.connections) recordNetworkEvent(db, engine, { action: "disconnect", network, container: id });
}
