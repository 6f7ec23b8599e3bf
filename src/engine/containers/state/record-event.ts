// What happens to a container goes into the record of events, in the transaction in which it happens.
import type { Writer } from "../../../base/database.ts";
import { containerEvent } from "../../../containers/events/container-event.ts";
import { recordEvent } from "../../../containers/events/record.ts";
import type { Engine } from "../../engine.ts";

/** @param more attributes that the action adds to those that docker tells every container by */
export function recordContainerEvent(
  { runtime }: Pick<Engine, "runtime">,
  db: Writer,
  container: Parameters<typeof containerEvent>[0],
  action: string,
  more: Readonly<Record<string, string>> = {},
): void {
  recordEvent(db, containerEvent(container, action, more), runtime.now());
}
