// Who takes a container out of its networks when it ends: what that needs is loaded for those alone that have some. On the way of every run's end.
import type { Writer } from "../../base/database.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import { isMadeByCni } from "../../containers/document/network.ts";
import type { Engine } from "../engine.ts";

/** Gives up what a container has of its networks, in the transaction that says that its run is over. It may be done again. */
export type Leave = (db: Writer, id: string) => void;

/** Undefined for a container without networks, which it stays. Its program has ended: what plugins of CNI have of it is given up at once. */
export async function leaveOf(engine: Engine, document: Pick<ContainerDocument, "id" | "network"> | undefined): Promise<Leave | undefined> {
  if (document?.network.mode.kind !== "networks") return undefined;
  if (isMadeByCni(document.network.mode)) await (await import("./cni.ts")).releaseCni(engine, document.id);
  const isLimited = document.network.mode.attachments.some(({ rate }) => rate !== undefined);
  const place = isLimited ? await (await import("./host.ts")).presentPlace(engine) : undefined;
  const { leaveNetworks } = await import("./release.ts");
  return (db, id) => leaveNetworks(db, engine, id, place);
}
