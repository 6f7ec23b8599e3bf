// A run begins or ends: what it brings the supervisor to do, and what of that is over. Both are part of the transaction that writes the
// beginning or the end into the container's row, so that no duty is lost to a kill, and none is left.
import type { Writer } from "../../base/database.ts";
import type { ContainerDocument } from "../document/document.ts";
import { beginHealth, healthOf } from "../health/rows.ts";
import { healthSettings } from "../health/settings.ts";
import { nextProbeIn } from "../health/verdict.ts";
import { decideRestart } from "../restart/decide.ts";
import type { ContainerRow } from "../state/rows.ts";
import { dropDuties, putDuty } from "./rows.ts";

export interface BegunRun {
  readonly document: ContainerDocument;
  readonly run: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** True where there is something to do: the supervisor is to be called after the transaction. */
export function beginDuties(db: Writer, { document: { id, life }, run, started }: BegunRun): boolean {
  dropDuties(db, id);
  const settings = healthSettings(life.health);
  if (settings !== undefined) {
    beginHealth(db, id, run);
    const wait = nextProbeIn("starting", { now: started, started, settings });
    putDuty(db, { container: id, kind: "health", due: started + wait });
  }
  if (life.timeout !== undefined && life.timeout > 0) putDuty(db, { container: id, kind: "timeout", due: started + life.timeout * 1000 });
  return settings !== undefined || (life.timeout ?? 0) > 0;
}

export interface EndedDuties {
  readonly exitCode: number;
  /** Milliseconds since the epoch. */
  readonly finished: number;
}

/**
 * @param row as it was while the run went on
 * @returns whether the container will be started again: the supervisor is to be called after the transaction
 */
export function endDuties(db: Writer, row: ContainerRow, { exitCode, finished }: EndedDuties): boolean {
  dropDuties(db, row.id);
  if (row.removing || row.document.life.remove) return false;
  const { restart, delayMs, hasty } = decideRestart(row.document.life.restart, {
    exitCode,
    restarts: row.restarts,
    hasty: row.restarts === 0 ? 0 : hastyOf(db, row.id), // of what was before somebody started it nothing counts
    ranMs: finished - (row.started ?? finished),
    stoppedByUser: row.wanted === "stopped",
    unhealthy: healthOf(db, row.id, row.run)?.status === "unhealthy",
  });
  db.query("UPDATE containers SET hasty = ? WHERE id = ?").run(hasty, row.id);
  if (restart) putDuty(db, { container: row.id, kind: "restart", due: finished + delayMs });
  return restart;
}

function hastyOf(db: Writer, id: string): number {
  return db.query<{ hasty: number }, [string]>("SELECT hasty FROM containers WHERE id = ?").get(id)?.hasty ?? 0;
}
