// Containers for the tests of what `ps` shows.
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { exampleDocument } from "../../../containers/document/example.fixture.ts";
import { exampleRow } from "../../../containers/state/example.fixture.ts";
import type { ContainerView } from "../../../engine/containers/view.ts";

export interface ViewChange {
  readonly row?: Partial<ContainerView["row"]>;
  readonly document?: Partial<ContainerDocument>;
  readonly status?: ContainerView["status"];
  readonly health?: ContainerView["health"];
  readonly ports?: ContainerView["ports"];
}

export function exampleView({ row, document: change, status = "running", health, ports = [] }: ViewChange = {}): ContainerView {
  const document = exampleDocument(change);
  return {
    row: exampleRow(document, row),
    status,
    pid: status === "running" ? 1 : 0,
    health,
    ports,
  };
}

export function healthOf(status: "starting" | "healthy" | "unhealthy"): ContainerView["health"] {
  return { status, failingStreak: 0, log: "[]" };
}
