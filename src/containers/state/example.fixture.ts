// A row for tests: a container that has run since it was made.
import type { ContainerDocument } from "../document/document.ts";
import type { ContainerRow } from "./rows.ts";

export function exampleRow(document: ContainerDocument, change: Partial<ContainerRow> = {}): ContainerRow {
  const created = Date.parse(document.created);
  return {
    id: document.id,
    name: "web",
    created,
    document,
    wanted: "running",
    run: 1,
    started: created,
    finished: undefined,
    exitCode: undefined,
    oomKilled: false,
    error: "",
    restarts: 0,
    removing: false,
    removingVolumes: false,
    ...change,
  };
}
