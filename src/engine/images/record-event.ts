// What happens to images goes into the record of events, docker's `image` events. The database of the record is opened for it.
import type { ImageEngine } from "./image-engine.ts";

export interface ImageEvent {
  readonly action: "delete" | "import" | "load" | "pull" | "push" | "save" | "tag" | "untag" | "prune";
  /** The ID; of what is pulled and pushed the name; of a prune nothing. */
  readonly actor: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What was done is done: a record that cannot be written is told, and no failure. */
export async function recordImageEvents({ engine }: ImageEngine, events: readonly ImageEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { recordEvent } = await import("../../containers/events/record.ts");
  const now = engine.runtime.now();
  try {
    engine.state.write((db) => {
      for (const { action, actor, attributes = {} } of events) recordEvent(db, { type: "image", action, actor, attributes }, now);
    });
  } catch (error) {
    engine.runtime.warn(`record an event of images: ${error instanceof Error ? error.message : error}`);
  }
}
