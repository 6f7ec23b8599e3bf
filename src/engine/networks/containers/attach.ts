// A container that is about to start is connected to its networks: they are brought up, its files written, and what the launcher is to send is put
// together. The container's running state is this start's.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { isMadeByCni } from "../../../containers/document/network.ts";
import { containerById } from "../../../containers/state/rows.ts";
import type { Wiring } from "../../../kernel/netlink/wiring/wiring.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import type { Engine } from "../../engine.ts";
import { type Claimed, claimNetworks, requestedPorts } from "../claims/claim.ts";
import { targetsOf } from "../claims/targets.ts";
import { networkPlace } from "../host/namespace.ts";
import { wiredPlaces } from "./default-route.ts";
import { fileTexts, writeFiles } from "./files.ts";
import { heldPort } from "./held-ports.ts";
import { wireContainer } from "./wire.ts";

export interface Attached {
  readonly wiring: Wiring;
  /** Where an ordinary user's networks are. */
  readonly within?: NamespaceHolder;
}

/**
 * @param claimed what its row was entered with; claimed now where it is undefined
 * @throws TeuError as claimNetworks and bringUp
 */
export async function attach(engine: Engine, document: ContainerDocument, claimed = claimNow(engine, document)): Promise<Attached> {
  const { subject, connections, ports } = isMadeByCni(document.network.mode)
    ? await (await import("../cni/attach.ts")).attachCni(engine, claimed)
    : claimed;
  const place = await networkPlace(engine);
  const { within } = place;
  const targets = targetsOf(connections, ports);
  if (within !== undefined) {
    const abandoned = (await import("../changes.ts")).abandonedChanges(engine);
    if (abandoned.length > 0) await (await import("../mend-lost.ts")).mendLost(engine, abandoned);
    const { publishRootless, unpublishRootless } = await import("../rootless/forwarders.ts");
    unpublishRootless(engine, document.id); // what a start that was killed has left
    publishRootless(engine, document.id, targets, within);
  }
  const wiring = await wireContainer(engine, wiredPlaces(connections), targets, place);
  const texts = engine.state.read((db) => fileTexts(db, subject, connections));
  for (const warning of texts.warnings) engine.runtime.warn(warning);
  if (ports.length === 0 && requestedPorts(document.network).length > 0 && !isMadeByCni(document.network.mode))
    engine.runtime.warn("Published ports are discarded: none of the container's networks has a way in");
  writeFiles(engine, document.id, texts);
  const named = connections.flatMap(({ network }) => (network.names ? [network.id] : []));
  if (named.length > 0) await (await import("../../dns/call.ts")).awaitDns(engine, named);
  // A user's are held by the forwarder.
  return within === undefined ? { wiring: { ...wiring, hold: ports.map(heldPort) } } : { wiring: { ...wiring, hold: [] }, within };
}

/** Another start cannot be in the way of this one: what of the claims conflicts, conflicts with other containers. */
function claimNow(engine: Engine, { id }: ContainerDocument): Claimed {
  try {
    return engine.state.write((db) => {
      const row = containerById(db, id);
      if (row === undefined) throw new TeuError("not-found", `No such container: ${id}`);
      return claimNetworks(db, engine, row);
    });
  } catch (cause) {
    throw cause instanceof TeuError && cause.code === "conflict" ? new TeuError("unavailable", cause.message, { cause }) : cause;
  }
}
