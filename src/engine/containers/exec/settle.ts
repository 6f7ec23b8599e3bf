// Execs that nobody waits for: the command that began one is gone, or did not stay.
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { abandonedExecs, takeExec } from "./directory.ts";
import { recordExecEnd } from "./events.ts";

/** Writes their ends down: their monitors have it done, and so does whoever comes next. */
export function settleExecs(engine: Engine, row: ContainerRow): void {
  for (const end of abandonedExecs(engine, row.id)) if (takeExec(engine, row.id, end.record.id)) recordExecEnd(engine, row, end);
}

/** The same for a monitor, which knows the container's id alone. */
export function settleExecsOf(engine: Engine, id: string): void {
  const row = containerById(engine.state.rows, id);
  if (row !== undefined) settleExecs(engine, row);
}
