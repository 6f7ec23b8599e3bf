// The network namespace that networks are made in: root's is the one that teu is called in. On the way of every run with a network.
import { bootId } from "../../../base/process-identity.ts";
import { netNamespaceId } from "../../../kernel/state/networks/namespace-id.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import type { Engine } from "../../engine.ts";
import type { PlaceId } from "../marker.ts";

/** Where networks are. */
export interface Place {
  readonly id: PlaceId;
  /** An ordinary user's: entered by the launcher. */
  readonly within?: NamespaceHolder;
}

/** This process's own network namespace. */
export function ownPlace(): Place {
  return { id: `${bootId()} ${netNamespaceId()}` };
}

/** Root's networks are where teu is called, a user's in a namespace of their own, which is made where it is not there. @throws KernelError */
export async function networkPlace(engine: Engine): Promise<Place> {
  if (!engine.runtime.facts().rootless) return ownPlace();
  const { rootlessNetwork } = await import("../rootless/network.ts");
  const within = await rootlessNetwork(engine);
  return { id: `${bootId()} ${within.namespace}`, within };
}

/** The same, where it is there. */
export async function presentPlace(engine: Engine): Promise<Place | undefined> {
  if (!engine.runtime.facts().rootless) return ownPlace();
  const { currentRootlessNetwork } = await import("../rootless/network.ts");
  const within = currentRootlessNetwork(engine);
  return within === undefined ? undefined : { id: `${bootId()} ${within.namespace}`, within };
}
