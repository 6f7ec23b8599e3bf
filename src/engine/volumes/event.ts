// Events of volumes, with docker's names and attributes.
import type { Writer } from "../../base/database.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { EngineEvent } from "../../containers/events/event.ts";
import { recordEvent } from "../../containers/events/record.ts";
import { LOCAL_DRIVER } from "../../volumes/backing.ts";
import type { Engine } from "../engine.ts";

/** A container that starts has its volumes mounted, and unmounted when it has ended. */
export function recordMountEvents(
  db: Writer,
  { runtime }: Engine,
  { action, document }: { readonly action: "mount" | "unmount"; readonly document: Pick<ContainerDocument, "id" | "mounts"> },
): void {
  for (const mount of document.mounts) {
    if (mount.kind !== "volume") continue;
    const { destination, name, readonly, driver = LOCAL_DRIVER } = mount;
    const how = action === "mount" ? { destination, propagation: "", "read/write": String(!readonly) } : {};
    const attributes = { container: document.id, driver, ...how };
    recordEvent(db, { type: "volume", action, actor: name, attributes }, runtime.now());
  }
}

/** What happens to a volume itself. */
export function recordVolumeEvent(
  db: Writer,
  { runtime }: Engine,
  { action, actor, attributes }: Omit<EngineEvent, "type"> & { readonly action: "create" | "destroy" | "prune" },
): void {
  recordEvent(db, { type: "volume", action, actor, attributes }, runtime.now());
}
