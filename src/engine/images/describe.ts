// What an image is, out of its manifest, its configuration and the store's records: what `images`, `inspect` and `history` show.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { StoredImage } from "../../image/store/names.ts";
import { chainIds } from "../../spec/image/chain-id.ts";
import { type HistoryStep, pairHistory } from "../../spec/image/history.ts";
import type { ImageConfig } from "../../spec/image/image-config.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { isOfPlatform, matchPlatform } from "../../spec/image/match-platform.ts";
import { mediaTypeFacts } from "../../spec/image/media-types.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import { formatPlatform, type Platform } from "../../spec/image/platform.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface ImageLayer {
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Bytes of its files, unpacked; of a layer that is not unpacked here, of its blob. */
  readonly size: number;
}

export interface DescribedImage {
  readonly image: StoredImage;
  readonly id: Digest;
  /** Of the manifest. */
  readonly manifestDigest: Digest;
  /** Undefined for an artifact that is no image. */
  readonly config: ImageConfig | undefined;
  /** Lowest first. */
  readonly layers: readonly ImageLayer[];
  /** Bytes of all layers, as docker counts: what the image takes unpacked, shared or not. */
  readonly size: number;
}

/**
 * Describes an image, for an index the one of a platform.
 * @throws TeuError `not-found` when the platform's image is not here
 */
export async function describeImage(images: ImageEngine, image: StoredImage, platform?: Platform): Promise<DescribedImage> {
  const { store } = images;
  const manifestDigest = platform === undefined ? image.manifest : await manifestFor(images, image, platform);
  const { manifest } = parseManifest(await store.blobs.readSmall(manifestDigest, LARGEST_MANIFEST));
  const isImage = manifest !== undefined && mediaTypeFacts(manifest.config.mediaType).kind === "config";
  const config = isImage ? parseImageConfig(await store.blobs.readSmall(manifest.config.digest, LARGEST_MANIFEST)) : undefined;
  if (platform !== undefined && config !== undefined && !isOfPlatform(config, platform)) throw absent(image, platform);
  const layers = config === undefined || manifest === undefined ? [] : layersOf(images, config, manifest);
  return {
    image,
    id: manifest?.config.digest ?? manifestDigest,
    manifestDigest,
    config,
    layers,
    size: layers.reduce((sum, { size }) => sum + size, 0),
  };
}

function layersOf({ store }: ImageEngine, { rootfs }: ImageConfig, manifest: ImageManifest): readonly ImageLayer[] {
  const chains = chainIds(rootfs.diff_ids);
  return rootfs.diff_ids.flatMap((diffId, index) => {
    const chainId = chains[index];
    if (chainId === undefined) return [];
    return [{ diffId, chainId, size: store.layers.usage(chainId) ?? manifest.layers[index]?.size ?? 0 }];
  });
}

async function manifestFor({ store }: ImageEngine, image: StoredImage, platform: Platform): Promise<Digest> {
  const { index } = parseManifest(await store.blobs.readSmall(image.digest, LARGEST_MANIFEST), image.mediaType);
  if (index === undefined) return image.digest;
  const { digest } = matchPlatform(index, platform);
  if (store.blobs.size(digest) === undefined) throw absent(image, platform);
  return digest;
}

function absent(image: StoredImage, platform: Platform): TeuError {
  const name = image.names[0] ?? image.id;
  return new TeuError(
    "not-found",
    `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(platform)})`,
  );
}

export interface ImageStep extends HistoryStep {
  /** Bytes of the layer that it made; 0 for one that made none. */
  readonly size: number;
}

/** How an image came to be, newest step first, as docker tells it. */
export function historyOf({ config, layers }: DescribedImage): readonly ImageStep[] {
  if (config === undefined) return [];
  const sizes = new Map(layers.map(({ diffId, size }) => [diffId, size]));
  return pairHistory(config)
    .map((step) => ({ ...step, size: step.diffId === undefined ? 0 : (sizes.get(step.diffId) ?? 0) }))
    .toReversed();
}
