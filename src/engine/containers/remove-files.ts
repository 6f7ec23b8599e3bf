// The steps of a removal, once it is certain: nobody is in the container, and `removing` or its life says that it goes. Each may be done again.
import { markRemoving } from "../../containers/state/rows.ts";
import type { Engine } from "../engine.ts";
import { removeTaken, takeFiles } from "./files.ts";
import { recordRemoval } from "./record-run.ts";

/** The files go last, under a name that is nobody's: from the row's end on the container is gone for everybody. */
export async function finishRemoval(engine: Engine, id: string): Promise<void> {
  engine.state.write((db) => markRemoving(db, id));
  const files = takeFiles(engine, id);
  engine.state.write((db) => recordRemoval(engine, db, id));
  if (files !== undefined) await removeTaken(engine, files);
}
