// Use case `image prune`: images that nobody uses, and what broken-off downloads have left, go.
import type { LabelCondition } from "../../image/store/prune.ts";
import type { Removed } from "../../image/store/remove-image.ts";
import { formatFamiliar, parseReference } from "../../spec/distribution/reference.ts";
import type { ImageEngine } from "./image-engine.ts";
import { sweepMounts } from "./mount.ts";
import { recordImageEvents } from "./record-event.ts";

export interface PruneRequest {
  /** Named images, too, when no container was made from them. */
  readonly all: boolean;
  /** Milliseconds since the epoch: only what was created before. */
  readonly until?: number | undefined;
  readonly labels?: readonly LabelCondition[] | undefined;
}

/** Removes; the names in the result are as people write them. What a container, a mount or a running command uses stays. */
export async function pruneStored(images: ImageEngine, { all, until, labels = [] }: PruneRequest): Promise<Removed> {
  const { store, engine } = images;
  sweepMounts(images);
  const removed = await store.pruneImages({ all, labels, ...(until === undefined ? {} : { until }) });
  // A label is nothing that a download has: whoever filters by labels does not mean those.
  const downloads = labels.length > 0 ? 0 : (await store.collect({ partialsBefore: until ?? engine.runtime.now().getTime() })).bytes;
  const reclaimed = removed.reclaimed + downloads;
  await recordImageEvents(images, [{ action: "prune", actor: "", attributes: { reclaimed: String(reclaimed) } }]);
  return { untagged: removed.untagged.map((name) => formatFamiliar(parseReference(name))), deleted: removed.deleted, reclaimed };
}
