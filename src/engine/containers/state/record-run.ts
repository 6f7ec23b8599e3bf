// What becomes of a run, in the row of its container and in the record of events. On the way of every run's end.
import type { Writer } from "../../../base/database.ts";
import { dutyDue } from "../../../containers/duties/rows.ts";
import { beginDuties, endDuties } from "../../../containers/duties/run.ts";
import {
  type ContainerRow,
  containerById,
  deleteContainerRow,
  noteEnded,
  noteStarted,
  type RunEnd,
  setWanted,
} from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import type { Leave } from "../../networks/containers/life.ts";
import { recordMountEvents } from "../../volumes/event.ts";
import { unclaimVolumes } from "../../volumes/release.ts";
import { recordContainerEvent } from "./record-event.ts";

/** Names a run: the time when its running state was made, which its record has. */
export interface RunTime {
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** A run begins, unless that is known; undefined where the container is gone. */
export function recordStart(
  engine: Engine,
  db: Writer,
  id: string,
  { started, restarts: told }: RunTime & { readonly restarts?: number },
): ContainerRow | undefined {
  const row = containerById(db, id);
  if (row === undefined || (row.started ?? 0) >= started) return row;
  const restarts = told ?? (dutyDue(db, id, "restart") === undefined ? 0 : row.restarts + 1); // the supervisor has not come so far as to say so
  if (restarts === 0) setWanted(db, id, "running");
  const run = noteStarted(db, id, { now: started, restarts });
  if (run === undefined) return row;
  beginDuties(db, { document: row.document, run, started });
  recordMountEvents(db, engine, { action: "mount", document: row.document });
  recordContainerEvent(engine, db, row, "start");
  return containerById(db, id);
}

/** How a run has ended. */
export interface Ending extends Omit<RunEnd, "run"> {
  /** Of a container with networks: leaveOf. */
  readonly leave?: Leave | undefined;
}

/** A run has ended; true for whoever says it first. Where its start was never recorded, it is now. */
export function recordEnd(engine: Engine, db: Writer, id: string, { started, ...ending }: RunTime & Ending): boolean {
  const row = recordStart(engine, db, id, { started });
  if (row === undefined || row.started !== started) return false;
  return endRow(engine, db, row, ending);
}

/** The same of the run that the row tells of. */
export function endRow(engine: Engine, db: Writer, row: ContainerRow, ending: Ending): boolean {
  if (!noteEnded(db, row.id, { run: row.run, ...ending })) return false;
  endDuties(db, row, ending);
  ending.leave?.(db, row.id);
  if (ending.oomKilled) recordContainerEvent(engine, db, row, "oom");
  recordContainerEvent(engine, db, row, "die", dieAttributes(row, ending));
  recordMountEvents(db, engine, { action: "unmount", document: row.document });
  return true;
}

/** docker's; the time in whole seconds. */
export function dieAttributes(
  { started = 0 }: Pick<ContainerRow, "started">,
  { exitCode, finished }: Ending,
): Readonly<Record<string, string>> {
  return { exitCode: `${exitCode}`, execDuration: `${Math.max(0, Math.trunc((finished - started) / 1000))}` };
}

/**
 * It is gone, for everybody who asks.
 * @returns directories of volumes that are to be removed when the transaction is done
 */
export function recordRemoval(engine: Engine, db: Writer, id: string, leave: Leave | undefined): readonly string[] {
  const row = containerById(db, id);
  if (row === undefined) return [];
  leave?.(db, id);
  const gone = unclaimVolumes(db, engine, id, { anonymous: row.removingVolumes });
  deleteContainerRow(db, id);
  recordContainerEvent(engine, db, row, "destroy");
  return gone;
}
