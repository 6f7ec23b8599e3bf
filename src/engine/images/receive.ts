// An image from anywhere into the store, its layers unpacked while they come; visible only when all of it is there and unpacked.

import { toText } from "../../base/byte-string.ts";
import type { Digest } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { copyImage } from "../../image/copy/copy.ts";
import { layerId, type ProgressSink } from "../../image/ports/progress.ts";
import type { ImageDestination, ImageSource, ManifestBytes, TransferOptions } from "../../image/ports/transport.ts";
import type { Lease } from "../../image/store/leases.ts";
import type { StoreDestination } from "../../image/store/transport.ts";
import { ImageUnpacker, type LayerPlan } from "../../image/unpack/unpack.ts";
import { readTree, type TreeItem } from "../../kernel/tree/reader.ts";
import { chainIds } from "../../spec/image/chain-id.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageConfig } from "../../spec/image/image-config.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { mediaTypeFacts } from "../../spec/image/media-types.ts";
import { parseImageConfig, platformOfConfig } from "../../spec/image/parse-config.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import { formatPlatform, normalizePlatform, type Platform, runnablePlatforms, samePlatform } from "../../spec/image/platform.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";
import { CachedSource } from "./cached-source.ts";
import type { ImageEngine } from "./image-engine.ts";
import { keepLimits } from "./retention.ts";

export interface ReceiveOptions {
  /** Canonical name; without one the image dangles. */
  readonly name?: string | undefined;
  /** The registry's repository that it comes from: shown as `repository@digest`. */
  readonly repository?: string | undefined;
  /** The host's when absent. */
  readonly platform?: Platform | undefined;
  /** Every image of an index; only the platform's is unpacked. */
  readonly all?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface Received {
  /** Of what the name means now. */
  readonly digest: Digest;
  /** Of the platform's image. */
  readonly manifest: Digest;
}

/**
 * Brings an image into the store.
 * @throws TeuError `not-found` when an index has no image for the platform; InvalidInputError when bytes are not what their digest says
 */
export async function receiveImage(images: ImageEngine, from: ImageSource, options: ReceiveOptions): Promise<Received> {
  const { store, platform: host } = images;
  const { signal, onProgress, platform = host } = options;
  const transfer = signal === undefined ? {} : { signal };
  const source = new CachedSource(from);
  using lease = store.lease();
  const top = await source.manifest(undefined, transfer);
  const image = await imageOf(source, { platform, ...transfer });
  const asked = platform === host ? undefined : platform;
  const plan = await layerPlan(images, source, image, { lease, signal, asked });
  await using unpacker = openUnpacker(images, { plan, lease, signal, onProgress });
  const { name: imageName, repository } = options;
  await using destination = store.destination({ imageName, repository, lease, tap: (descriptor) => unpacker.tap(descriptor) });
  const whole = options.all === true || top.digest === image.bytes.digest;
  await copyImage(whole ? source : source.at(image.bytes.digest), new Uncommitted(destination, { named: whole }), {
    platform,
    all: options.all === true,
    preserveDigests: true,
    ...transfer,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  await unpacker.finish();
  if (!whole) await destination.putManifest(top, { named: true, ...transfer });
  await destination.commit();
  await keepLimits(images);
  return { digest: top.digest, manifest: image.bytes.digest };
}

interface ChosenImage {
  readonly bytes: ManifestBytes;
  readonly manifest: ImageManifest;
}

/** An index may list indexes; makers of images nest once at most. */
const DEEPEST = 4;

/** The image that a source's name means on a platform. @throws TeuError `not-found` when there is none for it */
export async function imageOf(
  source: ImageSource,
  { platform, ...transfer }: TransferOptions & { readonly platform: Platform },
): Promise<ChosenImage> {
  let digest: Digest | undefined;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const bytes = await source.manifest(digest, transfer);
    const { manifest, index } = parseManifest(bytes.bytes, bytes.mediaType);
    if (index === undefined) return { bytes, manifest };
    digest = matchPlatform(index, platform).digest;
  }
  throw new TeuError("invalid", `${source.name}: its indexes are nested more than ${DEEPEST} deep`);
}

interface PlanOptions {
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
  /** The platform that somebody asked for. */
  readonly asked: Platform | undefined;
}

/** The layers as they are to be unpacked; none of what is no image. */
async function layerPlan(
  images: ImageEngine,
  source: ImageSource,
  { manifest }: ChosenImage,
  options: PlanOptions,
): Promise<readonly LayerPlan[]> {
  if (mediaTypeFacts(manifest.config.mediaType).kind !== "config") return [];
  const config = parseImageConfig(await readConfig(images, source, manifest.config, options));
  if (options.asked !== undefined) refuseOther(source, config, options.asked);
  const { rootfs } = config;
  const diffIds = rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    const message = `has ${diffIds.length} entries, and the manifest has ${manifest.layers.length} layers`;
    throw new InvalidInputError(`image ${source.name}`, [{ field: "rootfs.diff_ids", message }]);
  }
  const chains = chainIds(diffIds);
  return manifest.layers.flatMap((descriptor, index) => {
    const [diffId, chainId] = [diffIds[index], chains[index]];
    return diffId === undefined || chainId === undefined ? [] : [{ descriptor, diffId, chainId }];
  });
}

/** An image that is the only one there may be for another platform; one that does not say fits all. */
function refuseOther({ name }: ImageSource, config: ImageConfig, asked: Platform): void {
  const actual = normalizePlatform(platformOfConfig(config));
  if (config.architecture === "" || runnablePlatforms(asked).some((platform) => samePlatform(platform, actual))) return;
  const words = "was found but does not match the specified platform";
  throw new TeuError("not-found", `image ${name} ${words}: wanted ${formatPlatform(asked)}, actual: ${formatPlatform(actual)}`);
}

/** Through the store, which checks it and keeps it: the copy finds it there. */
async function readConfig(
  { store }: ImageEngine,
  source: ImageSource,
  config: Descriptor,
  { lease, signal }: PlanOptions,
): Promise<Uint8Array> {
  if (config.size > LARGEST_MANIFEST)
    throw new InvalidInputError(`image ${source.name}`, [{ field: "config", message: `is larger than ${LARGEST_MANIFEST} bytes` }]);
  const transfer = signal === undefined ? {} : { signal };
  await store.putBlob(config, (offset) => source.blob(config, { ...transfer, offset }), { lease, signal });
  return store.blobs.readSmall(config.digest, LARGEST_MANIFEST);
}

interface UnpackerOptions {
  readonly plan: readonly LayerPlan[];
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressSink | undefined;
}

/** An unpacker of layers into the store of an engine. */
export function openUnpacker(images: ImageEngine, { plan, lease, signal, onProgress }: UnpackerOptions): ImageUnpacker {
  const { store, openWriter, trees, maps, engine } = images;
  return new ImageUnpacker(
    {
      layers: store.layers,
      lease,
      openWriter,
      look: { maps, read: (tree) => entriesOf(readTree({ ...trees, root: tree, statOnly: true })) },
      signal,
      openBlob: (digest) => store.blobs.open(digest, 0),
      // Every container has a /dev of its own over the image's, so that nobody misses a device there.
      warn: ({ path, message }) => path.startsWith("dev/") || engine.runtime.warn(`${toText(path)}: ${message}`),
      onProgress: ({ digest, size }, bytes) =>
        onProgress?.({
          kind: "layer",
          id: layerId(digest),
          digest,
          ...(bytes === "done" ? { state: "pulled" } : { state: "extracting", current: bytes, total: size }),
        }),
    },
    plan,
  );
}

async function* entriesOf(items: AsyncIterable<TreeItem>): AsyncGenerator<TreeEntry> {
  for await (const item of items) if (item.kind === "entry") yield item.entry;
}

/** Takes all but the name: the one image of an index, or an image whose layers are still on their way. */
class Uncommitted implements ImageDestination {
  readonly name: string;
  readonly #destination: StoreDestination;
  readonly #named: boolean;

  constructor(destination: StoreDestination, { named }: { readonly named: boolean }) {
    this.name = destination.name;
    this.#destination = destination;
    this.#named = named;
  }

  hasBlob: ImageDestination["hasBlob"] = (descriptor) => this.#destination.hasBlob(descriptor);
  putBlob: ImageDestination["putBlob"] = (...args) => this.#destination.putBlob(...args);

  putManifest(manifest: ManifestBytes, options: TransferOptions & { readonly named: boolean }): Promise<void> {
    return this.#destination.putManifest(manifest, { ...options, named: options.named && this.#named });
  }

  async commit(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
