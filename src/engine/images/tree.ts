// Use case `image tree`: the layers of an image, what made each, and which other images have it.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import { chainIds } from "../../spec/image/chain-id.ts";
import { pairHistory } from "../../spec/image/history.ts";
import { type DescribedImage, describeImage } from "./describe.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface TreeLayer {
  /** Of it and those below: what images share. */
  readonly chainId: Digest;
  readonly diffId: Digest;
  /** Bytes of its files, unpacked; of a layer that is not unpacked here, of its blob. */
  readonly size: number;
  /** The instruction; empty where the history does not tell. */
  readonly createdBy: string;
  /** Other images that have it: their canonical names, or the ID of what has none. */
  readonly sharedBy: readonly string[];
  /** Those of them of which it is the last layer. */
  readonly topOf: readonly string[];
}

export interface ImageTree {
  readonly id: Digest;
  readonly names: readonly string[];
  /** Bytes of all layers. */
  readonly size: number;
  /** Lowest first. */
  readonly layers: readonly TreeLayer[];
}

/** @throws TeuError `not-found`; `unsupported` for an artifact, which has no layers of files */
export async function imageTree(images: ImageEngine, text: string): Promise<ImageTree> {
  const described = await describeImage(images, await storedImage(images, text));
  const { config, id, image, layers, size } = described;
  if (config === undefined) throw new TeuError("unsupported", `show the layers of ${text}: it is an artifact, no image of files`);
  const made = pairHistory(config).filter(({ diffId }) => diffId !== undefined);
  const others = await chainsOfOthers(images, described);
  return {
    id,
    names: image.names,
    size,
    layers: layers.map(({ chainId, diffId, size: bytes }, index) => ({
      chainId,
      diffId,
      size: bytes,
      createdBy: made[index]?.entry?.created_by ?? "",
      sharedBy: others.filter(({ chains }) => chains.includes(chainId)).flatMap(({ labels }) => labels),
      topOf: others.filter(({ chains }) => chains.at(-1) === chainId).flatMap(({ labels }) => labels),
    })),
  };
}

interface Other {
  readonly labels: readonly string[];
  readonly chains: readonly Digest[];
}

/** What other images of the store consist of. */
async function chainsOfOthers(images: ImageEngine, { id }: DescribedImage): Promise<readonly Other[]> {
  const others: Other[] = [];
  for (const image of images.store.names.list()) {
    if (image.id === id) continue;
    const chains = await chainsOf(images, image);
    others.push({ labels: image.names.length === 0 ? [image.id] : image.names, chains });
  }
  return others;
}

/** None of an artifact, and of what another command has just removed. */
async function chainsOf(images: ImageEngine, image: StoredImage): Promise<readonly Digest[]> {
  try {
    const { config } = await describeImage(images, image);
    return chainIds(config?.rootfs.diff_ids ?? []);
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return [];
    throw error;
  }
}
