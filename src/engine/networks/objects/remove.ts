// Use cases `network rm` and `network prune`.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import type { Network } from "../../../network/model/network.ts";
import { endpointsIn } from "../../../network/state/endpoints.ts";
import { allNetworks, attachedTo, deleteNetworkRow } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { recordNetworkEvent, recordPruneEvent } from "../event.ts";
import { findNetwork } from "./find.ts";
import { withNetworkLock } from "./lock.ts";
import { findPredefined, isPredefined } from "./predefined.ts";
import { endNetwork, sweepNetworks } from "./removal.ts";

/** docker's words. @throws TeuError `not-found`; `conflict` for one that containers are in; `denied` for a predefined one */
export async function removeNetwork(engine: Engine, name: string): Promise<void> {
  await sweepNetworks(engine);
  if (isPredefined(name) || findPredefined(name) !== undefined) throw predefined(name);
  const network = findNetwork(engine, name);
  if (isPredefined(network.name)) throw predefined(network.name);
  await removeEmpty(engine, network);
}

function predefined(name: string): TeuError {
  return new TeuError("denied", `${name} is a pre-defined network and cannot be removed`);
}

/** @throws TeuError `conflict` for one that containers are in, `not-found` where it has just gone */
function removeEmpty(engine: Engine, network: Network): Promise<void> {
  return withNetworkLock(engine, () =>
    endNetwork(engine, network, () => {
      engine.state.write(
        (db) => {
          requireEmpty(db, network);
          if (!deleteNetworkRow(db, network.id)) throw new TeuError("not-found", `network ${network.name} not found`);
          recordNetworkEvent(db, engine, { action: "destroy", network });
        },
        { durable: true },
      );
    }),
  );
}

function requireEmpty(db: Writer, { id, name }: Network): void {
  const members = endpointsIn(db, id).map((member) => `name:${JSON.stringify(member.name)} id:${JSON.stringify(member.id.slice(0, 12))}`);
  if (members.length === 0) return;
  throw new TeuError("conflict", `error while removing network: network ${name} has active endpoints (${members.join(", ")})`);
}

/** Removes the networks that no container has asked for and that `passes` lets go; their names. */
export async function pruneNetworks(engine: Engine, passes: (network: Network) => boolean): Promise<readonly string[]> {
  await sweepNetworks(engine);
  const unused = engine.state.read((db) =>
    allNetworks(db).filter((network) => !isPredefined(network.name) && attachedTo(db, network.id).length === 0 && passes(network)),
  );
  const names: string[] = [];
  for (const network of unused) {
    try {
      await removeEmpty(engine, network);
      names.push(network.name);
    } catch (error) {
      if (!(error instanceof TeuError && (error.code === "conflict" || error.code === "not-found"))) throw error; // somebody has just come, or removed it
    }
  }
  engine.state.write((db) => recordPruneEvent(db, engine));
  return names;
}
