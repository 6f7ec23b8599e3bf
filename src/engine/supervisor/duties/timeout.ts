// Duty `timeout`: a container that has run as long as it may (podman's --timeout), or has not ended when it was asked to.
import { TeuError } from "../../../base/errors.ts";
import { type Duty, dropDuty } from "../../../containers/duties/rows.ts";
import { containerById } from "../../../containers/state/rows.ts";
import { SIGNALS } from "../../../kernel/tables/signals.ts";
import { sendSignal } from "../../containers/life/signal.ts";
import { goesOn } from "../../containers/state/run-state.ts";
import type { Engine } from "../../engine.ts";

/** Ends the run by SIGKILL. */
export async function endWhenDue(engine: Engine, duty: Duty): Promise<void> {
  const row = containerById(engine.state.rows, duty.container);
  try {
    if (row !== undefined && goesOn(engine, row)) sendSignal(engine, row, SIGNALS.SIGKILL);
  } catch (error) {
    if (!(error instanceof TeuError)) throw error; // it does not run any more
  }
  engine.state.write((db) => dropDuty(db, duty));
}
