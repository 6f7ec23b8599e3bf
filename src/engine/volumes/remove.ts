// Use cases `volume rm` and `volume prune`, and the end of the volumes that nobody named.
import { TeuError } from "../../base/errors.ts";
import { volumePaths } from "../../volumes/directory.ts";
import { allVolumes, usedVolumes, type Volume, volumeByName } from "../../volumes/rows.ts";
import { retireVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { recordVolumeEvent } from "./event.ts";
import { sweepVolumes } from "./sweep.ts";
import { removeTrees, sizeOfTree } from "./trees.ts";

/** @throws TeuError `not-found`, unless `force`; `conflict` for one that some container has */
export async function removeVolume(engine: Engine, name: string, { force }: { readonly force: boolean }): Promise<void> {
  await sweepVolumes(engine);
  const gone = engine.state.write(
    (db) => {
      const volume = volumeByName(db, name);
      if (volume === undefined && force) return undefined;
      const retired = retireVolume(db, engine.root, name);
      recordVolumeEvent(db, engine, { action: "destroy", actor: name, attributes: { driver: volume?.driver ?? "" } });
      return retired;
    },
    { durable: true },
  );
  if (gone !== undefined) await removeTrees(engine, [gone]);
}

export interface PrunedVolumes {
  readonly names: readonly string[];
  readonly reclaimed: number;
}

/** Removes the volumes that no container has and that `passes` lets go. */
export async function pruneVolumes(engine: Engine, passes: (volume: Volume) => boolean): Promise<PrunedVolumes> {
  await sweepVolumes(engine);
  const unused = engine.state.read((db) => {
    const used = usedVolumes(db);
    return allVolumes(db).filter((volume) => !used.has(volume.name) && passes(volume));
  });
  const names: string[] = [];
  let reclaimed = 0;
  for (const { name } of unused) {
    const size = await sizeOfTree(engine, volumePaths(engine.root, name).data);
    try {
      await removeVolume(engine, name, { force: false });
    } catch (error) {
      if (error instanceof TeuError && (error.code === "conflict" || error.code === "not-found")) continue; // somebody has just taken it, or removed it
      throw error;
    }
    names.push(name);
    reclaimed += size;
  }
  engine.state.write((db) => recordVolumeEvent(db, engine, { action: "prune", actor: "", attributes: { reclaimed: String(reclaimed) } }));
  return { names, reclaimed };
}
