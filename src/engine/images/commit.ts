// Use case `commit`: an image and what was written over it become an image with one layer more. The changes lie in an overlay's upper directory.
import { type Digest, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { BytesAside } from "../../image/archives/bytes-aside.ts";
import { applyChanges } from "../../image/archives/changes.ts";
import { once } from "../../image/archives/files-aside.ts";
import { LayerWriter, type PackedLayer } from "../../image/layers/diff.ts";
import { tellTree } from "../../image/layers/tell.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource, ManifestBytes } from "../../image/ports/transport.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { TreeSessionOptions } from "../../kernel/tree/session.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ExecutionConfig, ImageConfig } from "../../spec/image/image-config.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { layerType, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { parseImageConfig, rewriteImageConfig } from "../../spec/image/parse-config.ts";
import { encodeManifest, LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import { newName } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";

export interface CommitRequest {
  /** Manifest of the image that the changes are on. */
  readonly base: Digest;
  /** The upper directory. */
  readonly upper: string;
  /** Stops whoever writes to it while it is read, or the layer is of no one moment. */
  readonly hold?: (() => Disposable | undefined) | undefined;
  /** Who the files belong to, where not to the users that the engine's layers belong to. */
  readonly trees?: TreeSessionOptions | undefined;
  /** As it was typed; without one the image dangles. */
  readonly name?: string | undefined;
  /** What the container ran with, over the image's configuration. */
  readonly config?: ExecutionConfig | undefined;
  /** Dockerfile instructions. */
  readonly changes?: readonly string[] | undefined;
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** The container's command, for the history. */
  readonly createdBy?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

/** Packed when it is pushed (pack-layers.ts): nobody waits here for what may never be. */
const COMPRESSION = "none";

/**
 * Commits; the result is the new image's ID.
 * @throws InvalidInputError for a wrong change or name, before anything is read; TeuError `not-found` when the base is not in the store
 */
export async function commitDirectory(images: ImageEngine, request: CommitRequest): Promise<Digest> {
  const { store } = images;
  const { base, signal, onProgress } = request;
  const name = request.name === undefined ? undefined : await newName(images, request.name);
  using lease = store.lease();
  lease.add("blob", base);
  const { manifest } = parseManifest(await store.blobs.readSmall(base, LARGEST_MANIFEST));
  if (manifest === undefined) throw new TeuError("invalid", `commit: ${base} is an index, and no image`);
  const original = await store.blobs.readSmall(manifest.config.digest, LARGEST_MANIFEST);
  const before = parseImageConfig(original);
  const config = applyChanges({ ...before.config, ...request.config }, request.changes ?? []);
  await using bytes = new BytesAside(images.engine.root, "the committed layer");
  const layer = await packChanges(images, request, bytes);
  const after = nextConfig(images, { before, config, layer, request });
  const built = buildImage(manifest, layer, rewriteImageConfig(original, after));
  const source: ImageSource = {
    name: request.name ?? "the committed image",
    seekable: true,
    manifest: async () => built.manifest,
    blob: async ({ digest }, { offset = 0 } = {}) => {
      if (digest === built.config.digest) return once(built.configBytes.subarray(offset));
      if (digest !== layer.digest) return store.blobs.open(digest, offset);
      return bytes.read(offset);
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const { digest } = await receiveImage(images, source, { name, signal, onProgress });
  return store.names.resolve(name ?? digest).id;
}

/** The changes as a layer. */
async function packChanges(
  images: ImageEngine,
  { upper, hold, trees = images.trees, signal }: CommitRequest,
  bytes: BytesAside,
): Promise<PackedLayer> {
  const take = (chunk: Uint8Array) => {
    signal?.throwIfAborted();
    return bytes.write(chunk);
  };
  const writer = await LayerWriter.open(take, { compression: COMPRESSION });
  using _ = hold?.();
  await tellTree(readTree({ ...trees, root: upper, overlay: true, oneFileSystem: true, subject: "the changes" }), writer);
  return writer.end();
}

interface NextConfig {
  readonly before: ImageConfig;
  readonly config: ExecutionConfig;
  readonly layer: PackedLayer;
  readonly request: CommitRequest;
}

function nextConfig({ engine }: ImageEngine, { before, config, layer, request }: NextConfig): ImageConfig {
  const { author, message, createdBy } = request;
  const created = engine.runtime.now().toISOString();
  const by = author === undefined ? {} : { author };
  const step = {
    created,
    ...by,
    ...(createdBy === undefined ? {} : { created_by: createdBy }),
    ...(message === undefined ? {} : { comment: message }),
  };
  return {
    ...before,
    created,
    ...by,
    config,
    rootfs: { type: "layers", diff_ids: [...before.rootfs.diff_ids, layer.diffId] },
    history: [...(before.history ?? []), step],
  };
}

interface BuiltImage {
  readonly manifest: ManifestBytes;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
}

/** In the base's own format; its annotations told of the base. */
function buildImage(base: ImageManifest, layer: PackedLayer, configBytes: Uint8Array): BuiltImage {
  const { family = "oci" } = mediaTypeFacts(base.mediaType);
  const config = { mediaType: base.config.mediaType, digest: digestOf(configBytes), size: configBytes.length };
  const added = { mediaType: layerType(family, COMPRESSION), digest: layer.digest, size: layer.packedSize };
  const bytes = encodeManifest({ schemaVersion: 2, mediaType: base.mediaType, config, layers: [...base.layers, added] });
  return { manifest: { bytes, mediaType: base.mediaType, digest: digestOf(bytes) }, config, configBytes };
}
