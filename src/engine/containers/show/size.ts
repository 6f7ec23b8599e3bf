// What a container takes of the disk.
import { basename, dirname } from "node:path";
import type { Digest } from "../../../base/digest.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { ImageEngine } from "../../images/image-engine.ts";
import { sizeOfTree } from "../../volumes/trees.ts";
import { containerPaths } from "../state/directory.ts";

export interface ContainerSizes {
  /** Bytes that it has written over its image. */
  readonly rw: number;
  /** Those and the image's. */
  readonly rootFs: number;
}

/** Counts what a container has written, and adds what the store knows of its image's layers. */
export async function containerSizes(images: ImageEngine, { id, root }: ContainerDocument): Promise<ContainerSizes> {
  const { upper, copy } = containerPaths(images.engine.root, id);
  if (root.kind === "directory") return { rw: 0, rootFs: 0 };
  const below = root.layers.reduce((bytes, layer) => bytes + (images.store.layers.usage(chainOf(layer)) ?? 0), 0);
  if (root.copied === undefined) {
    const rw = await sizeOfTree(images.engine, upper);
    return { rw, rootFs: below + rw };
  }
  const whole = await sizeOfTree(images.engine, copy);
  return { rw: Math.max(0, whole - below), rootFs: whole };
}

/** A layer lies in a directory that is called by its chain id. */
function chainOf(layer: string): Digest {
  return `sha256:${basename(dirname(layer))}` as Digest; // only compared with those of rows
}
