// What every change of a container's networks begins and ends with: its row, if it may be changed, and its document with other attachments.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { type ContainerRow, containerById, expectWhole } from "../../../containers/state/rows.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";

/** @throws TeuError `not-found` for one that is gone, `conflict` for one on its way out */
export function changeable(db: Writer, id: string): ContainerRow {
  const row = containerById(db, id);
  if (row === undefined) throw new TeuError("not-found", `No such container: ${id}`);
  if (row.removing) throw new TeuError("conflict", `container ${row.name} is marked for removal and cannot be connected or disconnected`);
  return expectWhole(row);
}

export function withAttachments(document: ContainerDocument, attachments: readonly Attachment[]): ContainerDocument {
  return { ...document, network: { ...document.network, mode: { kind: "networks", attachments } } };
}
