// Use case `rm`.
import { TeuError } from "../../../base/errors.ts";
import { dropDuties, dutyDue } from "../../../containers/duties/rows.ts";
import { type ContainerRow, markRemoving, setWanted, unmarkRemoving } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { finishRemoval } from "../state/finish-removal.ts";
import { runState } from "../state/run-state.ts";
import { settle } from "../state/settle.ts";
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
  engine.state.write((db) => markRemoving(db, id));
  // From here on nobody starts it; somebody may have, a moment before.
  if (runState(engine, id).kind === "alive") {
    engine.state.write((db) => unmarkRemoving(db, id));
    throw refusal(name, false);
  }
  await finishRemoval(engine, id, { volumes: volumes || row.document.life.remove });
  await callSupervisor(engine);
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
