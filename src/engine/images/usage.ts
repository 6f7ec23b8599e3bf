// Use case `system df`: what images and containers take of the disk.
import { existsSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import type { Amount, ImageUsage, StoreUsage } from "../../image/store/usage.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import { containerPaths, readStored } from "../container-directory.ts";
import { type ContainerSummary, summaries } from "../containers.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface ContainerUsage {
  readonly container: ContainerSummary;
  /** The name that was asked for; empty for a container of a bundle or a directory. */
  readonly image: string;
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
  for (const container of summaries(engine, { all: true })) {
    const image = readStored(engine.root, container.id)?.image ?? "";
    containers.push({ container, image, size: await writtenBy(images, container.id) });
  }
  const { images: stored, partials } = store.usage();
  return { images: stored, containers, downloads: partials };
}

async function writtenBy(images: ImageEngine, id: string): Promise<number> {
  const { upper, copy, directory } = containerPaths(images.engine.root, id);
  let size = 0;
  for (const root of [upper, copy, `${directory}/volumes`]) if (existsSync(root)) size += await sizeOf(images, root);
  return size;
}

/** Bytes of the files in a tree, each once. Of one that is being removed, what is still there. */
async function sizeOf({ trees }: ImageEngine, root: string): Promise<number> {
  let size = 0;
  try {
    for await (const item of readTree({ ...trees, root, statOnly: true, oneFileSystem: true, subject: "the container's files" })) {
      if (item.kind === "entry" && item.entry.type === "file") size += item.entry.size;
    }
  } catch (error) {
    if (existsSync(root)) throw error;
  }
  return size;
}
