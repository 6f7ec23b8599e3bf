// What a container has of its networks is given up: rows, and what of the kernel's does not go with its network namespace.
import type { Writer } from "../../base/database.ts";
import { dropEndpoints } from "../../network/state/endpoints.ts";
import { dropPorts } from "../../network/state/ports.ts";
import { networkById } from "../../network/state/rows.ts";
import type { Engine } from "../engine.ts";
import { recordNetworkEvent } from "./event.ts";

/** In the transaction that says that its run is over: nobody else gets an address or a port of it before. */
export function leaveNetworks(db: Writer, engine: Engine, id: string): void {
  dropPorts(db, id);
  for (const { network } of dropEndpoints(db, id)) {
    const known = networkById(db, network);
    if (known !== undefined) recordNetworkEvent(db, engine, { action: "disconnect", network: known, container: id });
  }
}
