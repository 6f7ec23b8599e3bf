// Use case `system df`: what images and containers take of the disk.
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import type { Amount, ImageUsage, StoreUsage } from "../../image/store/usage.ts";
import { writtenBy } from "../containers/show/written.ts";
import { type ContainerView, listViews } from "../containers/view.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface ContainerUsage {
  readonly container: ContainerView;
  /** Bytes that it has written over its image, volumes too. */
  readonly size: number;
}

export interface DiskUsage {
  readonly images: StoreUsage["images"];
  readonly containers: readonly ContainerUsage[];
  /** Downloads that broke off, which the next pull of the same image goes on with. */
  readonly downloads: Amount;
}

export type { ImageUsage };

/** When an image was made, RFC 3339; undefined where it does not say, and of one that has just been removed. */
export async function creationTime({ store }: ImageEngine, image: StoredImage): Promise<string | undefined> {
  try {
    return (await store.config(image)).created;
  } catch (error) {
    if (error instanceof TeuError) return undefined; // an artifact has no configuration that we could read
    throw error;
  }
}

/** Looks at everything that there is now. */
export async function diskUsage(images: ImageEngine): Promise<DiskUsage> {
  const { store, engine } = images;
  const containers: ContainerUsage[] = [];
  for (const container of listViews(engine)) containers.push({ container, size: await writtenBy(engine, container.row.id) });
  const { images: stored, partials } = store.usage();
  return { images: stored, containers, downloads: partials };
}
