// The configuration's `storage`: how long, how many and how large images without a name are kept (spec/config/storage.ts). Looked at whenever an
// image has come, which is when another loses its name; a collection is made only when one is beyond the limits.
import type { StoredImage } from "../../image/store/names.ts";
import type { StorageConfig } from "../../spec/config/storage.ts";
import type { ImageEngine } from "./image-engine.ts";

/** Keeps to the limits. Whoever brought an image has it in any case: what goes wrong here is a warning. */
export async function keepLimits(images: ImageEngine): Promise<void> {
  try {
    const { storage } = await images.configuration();
    if (!isBeyond(images, storage)) return;
    await images.store.applyPolicy({ maxAge: storage.keepFor, maxCount: storage.keepCount, maxSize: storage.keepSize });
  } catch (error) {
    images.engine.runtime.warn(`remove images that have no name: ${error instanceof Error ? error.message : error}`);
  }
}

const isDangling = ({ names }: StoredImage) => names.length === 0;

function isBeyond({ store, engine }: ImageEngine, { keepFor, keepCount, keepSize }: StorageConfig): boolean {
  const dangling = store.names.list().filter(isDangling);
  if (dangling.length === 0) return false;
  const oldest = engine.runtime.now().getTime() - keepFor;
  if (dangling.length > keepCount || dangling.some(({ used }) => used < oldest)) return true;
  const own = store.usage().images.each.filter(({ image }) => isDangling(image));
  return own.reduce((sum, { unique }) => sum + unique, 0) > keepSize;
}
