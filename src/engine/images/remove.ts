// Use case `rmi`: takes a name of an image away, and the image with its last one.
import type { Removed } from "../../image/store/remove-image.ts";
import { formatFamiliar, parseReference } from "../../spec/distribution/reference.ts";
import { syncContainerRoots } from "./container-roots.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface RemoveImageOptions {
  /** Also when a container that does not run uses it, and by an ID that has several names. */
  readonly force: boolean;
}

/**
 * Removes what a name or an ID means. The names in the result are as people write them.
 * @throws TeuError `not-found`; `conflict` when a container uses it, or when an ID has several names
 */
export async function removeStored(images: ImageEngine, text: string, { force }: RemoveImageOptions): Promise<Removed> {
  const found = await storedImage(images, text);
  const isRunning = syncContainerRoots(images);
  const removed = await images.store.removeImage(found.foundBy ?? text, { force, isRunning });
  return { ...removed, untagged: removed.untagged.map((name) => formatFamiliar(parseReference(name))) };
}
