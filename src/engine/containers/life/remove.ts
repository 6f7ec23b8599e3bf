// Use case `rm`.
import { existsSync } from "node:fs";
import { isDiskRefusal } from "../../../base/disk-error.ts";
import { TeuError } from "../../../base/errors.ts";
import { dropDuties, dutyDue } from "../../../containers/duties/rows.ts";
import { type ContainerRow, markRemoving, setWanted, unmarkRemoving } from "../../../containers/state/rows.ts";
import { killContainer as killInKernel } from "../../../kernel/state/kill.ts";
import { containerDir, DamagedRecordError, readRecord } from "../../../kernel/state/record.ts";
import { SIGNALS } from "../../../kernel/tables/signals.ts";
import type { Engine } from "../../engine.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { finishRemoval } from "../state/finish-removal.ts";
import { runState } from "../state/run-state.ts";
import { settle } from "../state/settle.ts";
import { dropFiles } from "./make.ts";
import { endByKill } from "./signal.ts";
import { untilEnded } from "./until-ended.ts";

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
export async function removeContainer(engine: Engine, row: ContainerRow, options: RemoveOptions): Promise<void> {
  try {
    await remove(engine, row, options);
  } catch (error) {
    if (!options.force || !isDiskRefusal(error)) throw error;
    await makeRoom(engine, row);
    await remove(engine, row, options);
  }
}

/** On a full disk nothing can be written, not even that a container goes: its files go first, which nobody wants any more. */
async function makeRoom(engine: Engine, row: ContainerRow): Promise<void> {
  if (runState(engine, row.id).kind === "alive") {
    killInKernel(engine.runtime, row.id, { signal: SIGNALS.SIGKILL, all: false });
    await untilEnded(engine, row.id, { timeout: KILL_MS });
  }
  await dropFiles(engine, row.id);
}

const KILL_MS = 10_000;

async function remove(engine: Engine, { id, name }: ContainerRow, { force, volumes }: RemoveOptions): Promise<void> {
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
  const wanted = { volumes: volumes || row.document.life.remove };
  engine.state.write((db) => markRemoving(db, id, wanted));
  // From here on nobody starts it; somebody may have, a moment before.
  if (runState(engine, id).kind === "alive") {
    engine.state.write((db) => unmarkRemoving(db, id));
    throw refusal(name, false);
  }
  await finishRemoval(engine, id, wanted);
  await callSupervisor(engine);
}

/** Running state that cannot be read: its processes are found by their pid and by the cgroup that its id names. */
async function dropDamagedState(engine: Engine, id: string): Promise<void> {
  const { root } = engine.runtime;
  try {
    if (existsSync(containerDir(root, id))) readRecord(root, id);
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error;
    (await import("../../../kernel/state/drop-damaged.ts")).dropDamaged(engine.runtime, id);
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
