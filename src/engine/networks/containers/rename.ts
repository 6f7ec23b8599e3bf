// A container that is renamed while it runs has its new name in its networks, too: names are rows, which the name server reads at each question.
import type { Writer } from "../../../base/database.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { replaceNames } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { namesIn } from "../claims/claim.ts";
import { presentPlaces } from "../claims/targets.ts";
import { changeFiles, fileTexts } from "./files.ts";

/** @param row with the name that it has now */
export function renameInNetworks(db: Writer, engine: Engine, row: ContainerRow, before: string): void {
  const { connections } = presentPlaces(db, row);
  if (connections.length === 0) return;
  const { id, name, document } = row;
  for (const { network, attachment, endpoint } of connections)
    if (network.names) replaceNames(db, endpoint, namesIn(attachment, { id, name, options: document.options }));
  changeFiles(engine, id, fileTexts(db, { name: before, document }, connections), fileTexts(db, row, connections));
}
