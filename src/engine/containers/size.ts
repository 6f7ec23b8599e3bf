// What a container takes of the disk.
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Digest } from "../../base/digest.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import { containerPaths } from "../container-directory.ts";
import type { ImageEngine } from "../images/image-engine.ts";

export interface ContainerSizes {
  /** Bytes that it has written over its image. */
  readonly rw: number;
  /** Those and the image's. */
  readonly rootFs: number;
}

export async function containerSizes(images: ImageEngine, { id, root }: ContainerDocument): Promise<ContainerSizes> {
  const { upper, copy } = containerPaths(images.engine.root, id);
  if (root.kind === "directory") return { rw: 0, rootFs: 0 };
  const below = root.layers.reduce((bytes, layer) => bytes + (images.store.layers.usage(chainOf(layer)) ?? 0), 0);
  if (root.copied === undefined) {
    const rw = await treeSize(images, upper);
    return { rw, rootFs: below + rw };
  }
  const whole = await treeSize(images, copy);
  return { rw: Math.max(0, whole - below), rootFs: whole };
}

/** A layer lies in a directory that is called by its chain id. */
function chainOf(layer: string): Digest {
  return `sha256:${basename(dirname(layer))}` as Digest; // only compared with those of rows
}

/** Bytes of the files in a tree, each once; of one that is not there, or is being removed, what there is. */
export async function treeSize({ trees }: ImageEngine, root: string): Promise<number> {
  let size = 0;
  if (!existsSync(root)) return size;
  try {
    for await (const item of readTree({ ...trees, root, statOnly: true, oneFileSystem: true, subject: "the container's files" })) {
      if (item.kind === "entry" && item.entry.type === "file") size += item.entry.size;
    }
  } catch (error) {
    if (existsSync(root)) throw error;
  }
  return size;
}
