// Events of volumes, with docker's names and attributes.
import type { Writer } from "../../base/database.ts";
import type { EngineEvent } from "../../containers/events/event.ts";
import { recordEvent } from "../../containers/events/record.ts";
import type { Engine } from "../engine.ts";

const NANOSECONDS = 1_000_000n;

export function recordVolumeEvent(
  db: Writer,
  { runtime }: Engine,
  { action, actor, attributes }: Omit<EngineEvent, "type"> & { readonly action: "create" | "destroy" | "prune" },
): void {
  recordEvent(db, { type: "volume", action, actor, attributes }, BigInt(runtime.now().getTime()) * NANOSECONDS);
}
