// Which layer each step of an image's history made (image-spec 1.1 config.md, "history"): `docker history`, `inspect`, `image tree`.
import type { Digest } from "../../base/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import type { HistoryEntry, ImageConfig } from "./image-config.ts";

export interface HistoryStep {
  /** Absent for layers that the history does not tell of. */
  readonly entry?: HistoryEntry;
  /** Absent for steps that made none, and where the image's lists do not fit each other. */
  readonly diffId?: Digest;
  readonly layer?: Descriptor;
}

/**
 * The steps, oldest first. Histories are written by hand and by many tools; where one tells of fewer layers than there are, the rest
 * follow without an entry, and where it tells of more, the last have no layer. `layers` are the manifest's.
 */
export function pairHistory(config: ImageConfig, layers: readonly Descriptor[] = []): readonly HistoryStep[] {
  const { diff_ids: diffIds } = config.rootfs;
  const made = Math.max(diffIds.length, layers.length);
  let next = 0;
  const takeLayer = (): Omit<HistoryStep, "entry"> => {
    const [diffId, layer] = [diffIds[next], layers[next]];
    next++;
    return { ...(diffId !== undefined && { diffId }), ...(layer !== undefined && { layer }) };
  };
  const steps: HistoryStep[] = (config.history ?? []).map((entry) => (entry.empty_layer === true ? { entry } : { entry, ...takeLayer() }));
  while (next < made) steps.push(takeLayer());
  return steps;
}
