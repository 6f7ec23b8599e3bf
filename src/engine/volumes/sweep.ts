// Finishes or undoes what killed commands have left of volumes. Cheap where there is nothing: a look into one directory.

import { existsSync } from "node:fs";
import { volumesDirectory } from "../../volumes/directory.ts";
import { agrees, reconcile } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { removeTrees } from "./trees.ts";

/** What cannot be removed is told, and no reason to fail. */
export async function sweepVolumes(engine: Engine): Promise<void> {
  if (!existsSync(volumesDirectory(engine.root)) || agrees(engine.state.rows, engine.root)) return;
  const gone = engine.state.write((db) => reconcile(db, engine.root));
  try {
    await removeTrees(engine, gone);
  } catch (error) {
    engine.runtime.warn(`remove what a volume has left: ${error instanceof Error ? error.message : error}`);
  }
}
