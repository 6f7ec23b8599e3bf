// What the record of events says of an exec: docker's names and attributes. Loaded while the launcher works.
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import type { ExecEnd, ExecRecord } from "./directory.ts";

/** Its making and its start, which are one step here. */
export function recordExec(engine: Engine, row: ContainerRow, { id, args }: Pick<ExecRecord, "id" | "args">): void {
  const command = args.join(" ");
  engine.state.write((db) => {
    for (const what of ["exec_create", "exec_start"]) recordContainerEvent(engine, db, row, `${what}: ${command}`, { execID: id });
  });
}

/** Its end; by whoever has taken it (takeExec). */
export function recordExecEnd(
  engine: Engine,
  row: ContainerRow,
  { record: { id }, exitCode }: { readonly record: Pick<ExecRecord, "id"> } & Pick<ExecEnd, "exitCode">,
): void {
  engine.state.write((db) => recordContainerEvent(engine, db, row, "exec_die", { execID: id, exitCode: String(exitCode) }));
}
