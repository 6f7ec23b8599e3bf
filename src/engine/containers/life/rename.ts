// Use case `rename`.
import { TeuError } from "../../../base/errors.ts";
import { parseContainerName } from "../../../containers/state/names.ts";
import { type ContainerRow, containerById, renameContainer as renameRow } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";

/** @throws TeuError `conflict` when the name is taken, or its own; InvalidInputError for what is no name */
export async function renameContainer(engine: Engine, row: ContainerRow, text: string): Promise<void> {
  const name = parseContainerName(text);
  if (name === row.name) throw new TeuError("conflict", `rename container ${name}: this is its name already`);
  const networks = row.document.network.mode.kind === "networks" ? await import("../../networks/containers/rename.ts") : undefined;
  engine.state.write((db) => {
    renameRow(db, row.id, name);
    const now = containerById(db, row.id);
    if (now !== undefined) networks?.renameInNetworks(db, engine, now, row.name);
    recordContainerEvent(engine, db, { ...row, name }, "rename", { oldName: `/${row.name}` });
  });
}
