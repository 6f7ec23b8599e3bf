// Duty `health`: the health check of a container that runs. One that its policy restarts when it is unhealthy is asked to end, and ended by the
// duty `timeout` where it does not. Its restart follows from its end, like every other.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import { DEFAULT_STOP_TIMEOUT } from "../../../containers/document/life.ts";
import { type Duty, dropDuty, dutyDue, putDuty } from "../../../containers/duties/rows.ts";
import { type HealthSettings, healthSettings } from "../../../containers/health/settings.ts";
import { type HealthStatus, nextProbeIn } from "../../../containers/health/verdict.ts";
import { mayRestart } from "../../../containers/restart/decide.ts";
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import { SIGNALS } from "../../../kernel/tables/signals.ts";
import { checkHealth } from "../../containers/exec/check-health.ts";
import { isDeafTo, sendSignal, stopSignalOf } from "../../containers/life/signal.ts";
import { goesOn } from "../../containers/state/run-state.ts";
import { kernelStatus } from "../../containers/view.ts";
import type { Engine } from "../../engine.ts";

/** Runs the check and puts the next one in its place; drops the duty of a container that does not run any more. */
export async function checkWhenDue(engine: Engine, duty: Duty): Promise<void> {
  const row = containerById(engine.state.rows, duty.container);
  const settings = healthSettings(row?.document.life.health);
  const status = kernelStatus(engine, duty.container)?.status;
  if (row === undefined || settings === undefined || (status !== "running" && status !== "paused")) {
    engine.state.write((db) => dropDuty(db, duty)); // whoever settles its end does the same
    return;
  }
  let ends = false;
  // docker's: who stands still is not asked.
  const checked =
    status === "paused"
      ? undefined
      : await checkHealth(engine, row, settings, (db, { health }) => {
          ends = health.status === "unhealthy" && mayRestart(row.document.life.restart, { ...row, exitCode: 0, unhealthy: true });
          if (ends) planEnd(engine, db, row, duty);
          else putNext(engine, db, row, { duty, settings, status: health.status });
        });
  if (checked === undefined) engine.state.write((db) => putNext(engine, db, row, { duty, settings, status: "healthy" }));
  else if (ends) askToEnd(engine, row);
}

interface Next {
  readonly duty: Duty;
  readonly settings: HealthSettings;
  readonly status: HealthStatus;
}

/** Not where the duty has gone: its container has ended, or was started anew. */
function putNext({ runtime }: Engine, db: Writer, { started = 0 }: ContainerRow, { duty, settings, status }: Next): void {
  const now = runtime.now().getTime();
  if (dropDuty(db, duty)) putDuty(db, { ...duty, due: now + nextProbeIn(status, { now, started, settings }) });
}

/** From here on its end is sure, whoever is killed. */
function planEnd({ runtime }: Engine, db: Writer, { id, document: { life } }: ContainerRow, duty: Duty): void {
  const timeout = life.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  const now = runtime.now().getTime();
  if (!dropDuty(db, duty)) return;
  // Who is given for ever is asked again and again.
  if (timeout < 0) putDuty(db, { ...duty, due: now + DEFAULT_STOP_TIMEOUT * 1000 });
  else
    putDuty(db, {
      container: id,
      kind: "timeout",
      due: Math.min(now + timeout * 1000, dutyDue(db, id, "timeout") ?? Number.POSITIVE_INFINITY),
    });
}

function askToEnd(engine: Engine, row: ContainerRow): void {
  const signal = stopSignalOf(row);
  const pid = kernelStatus(engine, row.id)?.pid ?? 0;
  try {
    if (pid !== 0 && goesOn(engine, row)) sendSignal(engine, row, isDeafTo(pid, signal) ? SIGNALS.SIGKILL : signal);
  } catch (error) {
    if (!(error instanceof TeuError)) throw error; // it has just ended
  }
}
