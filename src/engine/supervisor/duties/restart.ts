// Duty `restart`: a container whose policy wants it back.
import { TeuError } from "../../../base/errors.ts";
import { type Duty, dropDuty } from "../../../containers/duties/rows.ts";
import { containerById } from "../../../containers/state/rows.ts";
import { endByKill } from "../../containers/life/signal.ts";
import { startContainer } from "../../containers/life/start.ts";
import { goesOn } from "../../containers/state/run-state.ts";
import { kernelStatus } from "../../containers/view.ts";
import type { Engine } from "../../engine.ts";

/**
 * Starts the container, unless people have said otherwise meanwhile.
 * @throws TeuError `conflict` while another command is at it: the duty stays
 */
export async function restartWhenDue(engine: Engine, duty: Duty): Promise<void> {
  const row = containerById(engine.state.rows, duty.container);
  const status = kernelStatus(engine, duty.container)?.status;
  const runs = status === "running" || status === "paused";
  if (row === undefined || row.removing || row.wanted === "stopped" || runs) {
    engine.state.write((db) => dropDuty(db, duty));
    return;
  }
  try {
    await startContainer(engine, row, { restarts: row.restarts + 1 });
  } catch (error) {
    // Somebody else is at it: the duty stays. Else, why it could not be started stands in its row, and docker does not try again either.
    if (!(error instanceof TeuError) || error.code === "conflict") throw error;
  }
  engine.state.write((db) => dropDuty(db, duty));
  const now = containerById(engine.state.rows, row.id);
  // People have said `stop` while it was being started, when there was nothing that could be stopped.
  if (now?.wanted === "stopped" && goesOn(engine, now)) await endByKill(engine, now);
}
