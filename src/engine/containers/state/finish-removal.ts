// The steps of a removal, once it is certain: nobody is in the container, and `removing` or its life says that it goes. Each may be done again.
import { containerById, markRemoving } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { leaveOf, whenLeft } from "../../networks/containers/life.ts";
import { recordRemoval } from "./record-run.ts";
import { removeTaken, takeFiles } from "./take-files.ts";

export interface RemovalOptions {
  /** Volumes that nobody named, and no other container has, go with it. */
  readonly volumes: boolean;
}

/** The files go last, under names that are nobody's: from the row's end on the container is gone for everybody. */
export async function finishRemoval(engine: Engine, id: string, options: RemovalOptions): Promise<void> {
  engine.state.write((db) => markRemoving(db, id, options));
  const leave = await leaveOf(engine, containerById(engine.state.rows, id)?.document);
  const files = takeFiles(engine, id);
  const volumes = engine.state.write((db) => recordRemoval(engine, db, id, leave));
  await whenLeft(engine, leave);
  if (files !== undefined) await removeTaken(engine, files);
  if (volumes.length > 0) await (await import("../../volumes/trees.ts")).removeTrees(engine, volumes);
}
