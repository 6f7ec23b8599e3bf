// What the life of a container asks of its networks when it has started and when it ends: what that needs is loaded for those alone that have some. On the
// way of every run.
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { isMadeByCni } from "../../../containers/document/network.ts";
import type { Engine } from "../../engine.ts";
import type { Leave } from "./release.ts";

export type { Leave };

/** Undefined for a container without networks, which it stays. Its program has ended: what plugins of CNI have of it is given up at once. */
export async function leaveOf(engine: Engine, document: Pick<ContainerDocument, "id" | "network"> | undefined): Promise<Leave | undefined> {
  if (document?.network.mode.kind !== "networks") return undefined;
  if (isMadeByCni(document.network.mode)) await (await import("../cni/attach.ts")).releaseCni(engine, document.id);
  const isLimited = document.network.mode.attachments.some(({ rate }) => rate !== undefined);
  return await (await import("./release.ts")).leaving(engine, { id: document.id, isLimited });
}

/** Its program runs. What fails here harms senders of datagrams alone, who are heard when they have been silent for half a minute. */
export async function startedOnNetworks(engine: Engine, document: Pick<ContainerDocument, "id" | "network">): Promise<void> {
  if (document.network.mode.kind !== "networks" || (document.network.ports.length === 0 && !document.network.publishAll)) return;
  try {
    await (await import("./publish.ts")).forgetSenders(engine, document);
  } catch (error) {
    engine.runtime.warn(`forget who has sent to the ports of container ${document.id}: ${error instanceof Error ? error.message : error}`);
  }
}

/** After that transaction: without root, what all containers' networks are in goes with the last of them. */
export async function whenLeft(engine: Engine, leave: Leave | undefined): Promise<void> {
  if (leave !== undefined && engine.runtime.facts().rootless) await (await import("../rootless/network.ts")).endRootlessNetwork(engine);
}
