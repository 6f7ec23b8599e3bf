// What the record of events says of an exec: docker's names and attributes.
import type { EngineEvent } from "../../containers/events/event.ts";
import { recordEvent } from "../../containers/events/record.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import type { Engine } from "../engine.ts";
import type { ExecEnd, ExecRecord } from "./exec-directory.ts";

/** Its making and its start, which are one step here. */
export function execEvents(row: ContainerRow, { id, args }: Pick<ExecRecord, "id" | "args">): EngineEvent[] {
  const command = args.join(" ");
  return ["exec_create", "exec_start"].map((what) => containerEvent(row, `${what}: ${command}`, { execID: id }));
}

export function execDied(
  row: ContainerRow,
  { record: { id }, exitCode }: { readonly record: Pick<ExecRecord, "id"> } & Pick<ExecEnd, "exitCode">,
): EngineEvent {
  return containerEvent(row, "exec_die", { execID: id, exitCode: String(exitCode) });
}

/** In one transaction. */
export function recordExecs({ state, runtime }: Engine, events: readonly EngineEvent[]): void {
  if (events.length === 0) return;
  const now = BigInt(runtime.now().getTime()) * NS_PER_MS;
  state.write((db) => {
    for (const event of events) recordEvent(db, event, now);
  });
}

const NS_PER_MS = 1_000_000n;

/** docker's: what every event of a container says of it. */
export function containerEvent({ id, name, document }: ContainerRow, action: string, more: EngineEvent["attributes"]): EngineEvent {
  const image = document.root.kind === "image" ? document.root.name : "";
  return { type: "container", action, actor: id, attributes: { ...document.labels, ...more, image, name } };
}
