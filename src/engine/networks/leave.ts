// Who takes a container out of its networks when it ends: what that needs is loaded for those alone that have some. On the way of every run's end.
import type { Writer } from "../../base/database.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { Engine } from "../engine.ts";

/** Gives up what a container has of its networks, in the transaction that says that its run is over. It may be done again. */
export type Leave = (db: Writer, id: string) => void;

/** Undefined for a container without networks, which it stays. */
export async function leaveOf(engine: Engine, document: Pick<ContainerDocument, "network"> | undefined): Promise<Leave | undefined> {
  if (document?.network.mode.kind !== "networks") return undefined;
  const { leaveNetworks } = await import("./release.ts");
  return (db, id) => leaveNetworks(db, engine, id);
}

/** After that transaction: without root, what all containers' networks are in goes with the last of them. */
export async function whenLeft(engine: Engine, leave: Leave | undefined): Promise<void> {
  if (leave !== undefined && engine.runtime.facts().rootless) await (await import("./rootless.ts")).endRootlessNetwork(engine);
}
