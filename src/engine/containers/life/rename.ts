// Use case `rename`.
import { TeuError } from "../../../base/errors.ts";
import { parseContainerName } from "../../../containers/state/names.ts";
import { type ContainerRow, renameContainer as renameRow } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";

/** @throws TeuError `conflict` when the name is taken, or its own; InvalidInputError for what is no name */
export function renameContainer(engine: Engine, row: ContainerRow, text: string): void {
  const name = parseContainerName(text);
  if (name === row.name) throw new TeuError("conflict", `rename container ${name}: this is its name already`);
  engine.state.write((db) => {
    renameRow(db, row.id, name);
    recordContainerEvent(engine, db, { ...row, name }, "rename", { oldName: `/${row.name}` });
  });
}
