// Use case `rm`.
import { existsSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { dropDuties, dutyDue } from "../../containers/duties/rows.ts";
import { type ContainerRow, setWanted } from "../../containers/state/rows.ts";
import { containerDir, DamagedRecordError, readRecord } from "../../kernel/state/record.ts";
import type { Engine } from "../engine.ts";
import { callSupervisor } from "../supervisor/call.ts";
import { finishRemoval } from "./remove-files.ts";
import { runState } from "./run-state.ts";
import { settle } from "./settle.ts";
import { endByKill } from "./signal.ts";

export interface RemoveOptions {
  /** Kill it where it runs. */
  readonly force: boolean;
  /** Its anonymous volumes go with it. */
  readonly volumes: boolean;
}

/**
 * Removes a container.
 * @throws TeuError `conflict` for one that runs; `unavailable` when it does not end
 */
export async function removeContainer(engine: Engine, { id, name }: ContainerRow, { force, volumes }: RemoveOptions): Promise<void> {
  if (force) await dropDamagedState(engine, id);
  const row = await settle(engine, id);
  if (row === undefined) return; // it was to be removed at its end, and has ended
  if (runState(engine, id).kind === "alive") {
    if (!force) throw refusal(name, isPaused(engine, id));
    engine.state.write((db) => {
      setWanted(db, id, "stopped");
      dropDuties(db, id);
    });
    await endByKill(engine, row);
    if ((await settle(engine, id)) === undefined) return;
  }
  if (!force && dutyDue(engine.state.rows, id, "restart") !== undefined)
    throw new TeuError(
      "conflict",
      `cannot remove container "/${name}": container is restarting: stop the container before removing or force remove`,
    );
  await finishRemoval(engine, id, { volumes: volumes || row.document.life.remove });
  await callSupervisor(engine);
}

/** Running state that cannot be read: its processes are found by their pid and by the cgroup that its id names. */
async function dropDamagedState(engine: Engine, id: string): Promise<void> {
  const { root } = engine.runtime;
  try {
    if (existsSync(containerDir(root, id))) readRecord(root, id);
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error;
    (await import("../../kernel/state/drop-damaged.ts")).dropDamaged(engine.runtime, id);
  }
}

function isPaused(engine: Engine, id: string): boolean {
  const state = runState(engine, id);
  return state.kind === "alive" && state.status === "paused";
}

/** docker's words. */
function refusal(name: string, paused: boolean): TeuError {
  const why = paused
    ? "container is paused and must be unpaused first"
    : "container is running: stop the container before removing or force remove";
  return new TeuError("conflict", `cannot remove container "/${name}": ${why}`);
}
