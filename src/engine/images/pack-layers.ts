// Layers that lie in the store as plain tar, from archives, are packed before they are pushed: the network is slower than gzip. The same bytes
// give the same blobs; the store's names lead to the packed manifest from then on, so that the next push has nothing to pack, and the image
// keeps its ID, which is its configuration's digest.
import type { FileHandle } from "node:fs/promises";

import { Digester } from "../../base/digest.ts";
import { unnamedFile, writeFully } from "../../image/archives/spool.ts";
import { manifestBytes } from "../../image/copy/convert.ts";
import { packer } from "../../image/layers/packer.ts";
import { layerId, type ProgressSink } from "../../image/ports/progress.ts";
import type { Lease } from "../../image/store/leases.ts";
import type { StoredImage } from "../../image/store/names.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { layerType, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ImageEngine } from "./image-engine.ts";

/** Whether a layer is packed for the way: foreign ones stay where they are. */
function isPlain({ mediaType }: Descriptor): boolean {
  const { kind, compression, nondistributable } = mediaTypeFacts(mediaType);
  return kind === "layer" && compression === "none" && !nondistributable;
}

export interface PackLayersOptions {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ProgressSink | undefined;
}

/**
 * The image with all its layers packed. One that a registry knows by its digest, or an index, stays as it is.
 * @throws TeuError when a blob is missing or there is no room
 */
export async function withPackedLayers(
  images: ImageEngine,
  image: StoredImage,
  { signal, onProgress }: PackLayersOptions,
): Promise<StoredImage> {
  const { store } = images;
  if (image.repoDigests.length > 0) return image;
  const { manifest } = parseManifest(await store.blobs.readSmall(image.digest, LARGEST_MANIFEST), image.mediaType);
  if (manifest === undefined || !manifest.layers.some(isPlain)) return image;
  using lease = store.lease();
  store.useImage(image.digest, lease);
  await using destination = store.destination({ lease });
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) {
    if (isPlain(layer)) onProgress?.({ kind: "message", id: layerId(layer.digest), text: "Packing" });
    layers.push(isPlain(layer) ? await packed(images, layer, { lease, signal }) : layer);
  }
  const bytes = manifestBytes({ ...manifest, layers });
  await destination.putManifest(bytes, { named: true });
  await destination.commit();
  store.names.replace(image.digest, bytes.digest);
  return store.names.resolve(bytes.digest);
}

interface PackOptions {
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
}

async function packed({ store, engine }: ImageEngine, layer: Descriptor, { lease, signal }: PackOptions): Promise<Descriptor> {
  // Beside the store, which has room for layers; /tmp may be memory.
  await using file = await unnamedFile(engine.root);
  const digester = new Digester();
  const gzip = await packer("gzip", async (chunk) => {
    const at = digester.size;
    digester.update(chunk);
    await writeFully(file, chunk, at);
  });
  for await (const chunk of await store.blobs.open(layer.digest)) {
    signal?.throwIfAborted();
    await gzip.write(chunk);
  }
  await gzip.end();
  const size = digester.size;
  const { family = "oci" } = mediaTypeFacts(layer.mediaType);
  const descriptor: Descriptor = { ...layer, mediaType: layerType(family, "gzip"), digest: digester.digest(), size };
  await store.putBlob(descriptor, async (offset) => contentOf(file, offset), { lease, signal });
  return descriptor;
}

function contentOf(file: FileHandle, start: number): AsyncIterable<Uint8Array> {
  return file.createReadStream({ start, autoClose: false });
}
