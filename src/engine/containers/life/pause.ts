// Use cases `pause` and `unpause`.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { pauseContainer as freeze, resumeContainer as thaw } from "../../../kernel/state/pause.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { runState } from "../state/run-state.ts";
import { settle } from "../state/settle.ts";

/** @throws TeuError `conflict` unless it runs; `unsupported` without a freezer */
export async function pauseContainer(engine: Engine, row: ContainerRow): Promise<void> {
  if ((await aliveStatus(engine, row)) === "paused") throw new TeuError("conflict", `container ${row.id} is already paused`);
  freeze(engine.runtime, row.id);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "pause"));
}

/** @throws TeuError `conflict` unless it is paused */
export async function unpauseContainer(engine: Engine, row: ContainerRow): Promise<void> {
  if ((await aliveStatus(engine, row)) !== "paused") throw new TeuError("conflict", `container ${row.id} is not paused`);
  thaw(engine.runtime, row.id);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "unpause"));
}

async function aliveStatus(engine: Engine, { id }: ContainerRow): Promise<string> {
  await settle(engine, id);
  const state = runState(engine, id);
  if (state.kind !== "alive" || state.pid === 0) throw new TeuError("conflict", `container ${id} is not running`);
  return state.status;
}
