// Events of networks, with docker's names and attributes.
import type { Writer } from "../../base/database.ts";
import { recordEvent } from "../../containers/events/record.ts";
import type { Network } from "../../network/model/network.ts";
import type { Engine } from "../engine.ts";

interface NetworkEvent {
  readonly action: "create" | "destroy" | "connect" | "disconnect";
  readonly network: Pick<Network, "id" | "name" | "driver">;
  /** Of `connect` and `disconnect`: whose id. */
  readonly container?: string;
}

/** In the transaction of what it tells of. */
export function recordNetworkEvent(db: Writer, { runtime }: Pick<Engine, "runtime">, { action, network, container }: NetworkEvent): void {
  const attributes = { ...(container === undefined ? {} : { container }), name: network.name, type: network.driver };
  recordEvent(db, { type: "network", action, actor: network.id, attributes }, runtime.now());
}

/** docker tells of a prune once, with what it gained: of networks, nothing. */
export function recordPruneEvent(db: Writer, { runtime }: Pick<Engine, "runtime">): void {
  recordEvent(db, { type: "network", action: "prune", actor: "", attributes: { reclaimed: "0" } }, runtime.now());
}
