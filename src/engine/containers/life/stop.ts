// Use cases `stop` and `restart`.
import { TeuError } from "../../../base/errors.ts";
import { DEFAULT_STOP_TIMEOUT } from "../../../containers/document/life.ts";
import { dropDuties } from "../../../containers/duties/rows.ts";
import { type ContainerRow, setWanted } from "../../../containers/state/rows.ts";
import { resumeContainer } from "../../../kernel/state/pause.ts";
import { signalName } from "../../../kernel/tables/signals.ts";
import type { Engine } from "../../engine.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { runState } from "../state/run-state.ts";
import { settle } from "../state/settle.ts";
import { endByKill, isDeafTo, sendSignal, stopSignalOf } from "./signal.ts";
import { steadyState, untilEnded } from "./until-ended.ts";

export interface StopOptions {
  /** Seconds until SIGKILL, -1 for never; the container's own where it is not said. */
  readonly timeout?: number | undefined;
  /** The container's own where it is not said. */
  readonly signal?: number | undefined;
}

/**
 * Asks a container to end, and ends it when that takes too long, or cannot have an effect; one that does not run is as it should be.
 * @throws TeuError `unavailable` when not even SIGKILL ends it
 */
export async function stopContainer(engine: Engine, { id }: ContainerRow, options: StopOptions = {}): Promise<void> {
  const row = await settle(engine, id);
  if (row === undefined) return;
  engine.state.write((db) => {
    setWanted(db, id, "stopped");
    dropDuties(db, id);
  });
  await callSupervisor(engine);
  const state = await steadyState(engine, id); // the supervisor may be at starting it again
  if (state.kind !== "alive" || state.pid === 0) return void (await settle(engine, id));
  const { life } = row.document;
  const signal = options.signal ?? stopSignalOf(row);
  const timeout = options.timeout ?? life.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  if (isDeafTo(state.pid, signal)) warnDeaf(engine, row, signal);
  else await ask(engine, row, { signal, timeout, paused: state.status === "paused" });
  if (runState(engine, id).kind === "alive") await endByKill(engine, row);
  await settle(engine, id);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "stop")); // after its `die`, as docker
}

function warnDeaf({ runtime }: Engine, { name }: ContainerRow, signal: number): void {
  runtime.warn(
    `stop container ${name}: its main process has no handler for ${signalName(signal)}, so it is killed at once; run with --init for one that has`,
  );
}

async function ask(
  engine: Engine,
  row: ContainerRow,
  { signal, timeout, paused }: { readonly signal: number; readonly timeout: number; readonly paused: boolean },
): Promise<void> {
  try {
    sendSignal(engine, row, signal);
    if (paused) resumeContainer(engine.runtime, row.id);
  } catch (error) {
    if (!(error instanceof TeuError && error.code === "conflict")) throw error; // it has just ended
    return;
  }
  await untilEnded(engine, row.id, timeout < 0 ? {} : { timeout: timeout * 1000 });
}

/** @throws as stopContainer and startContainer */
export async function restartContainer(engine: Engine, row: ContainerRow, options: StopOptions = {}): Promise<void> {
  const { startContainer } = await import("./start.ts");
  await stopContainer(engine, row, options);
  await startContainer(engine, row);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "restart"));
}
