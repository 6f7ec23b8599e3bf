// Use case `push`: an image of the store to the registry that its name says.
import type { Digest } from "../../base/digest.ts";
import { copyImage } from "../../image/copy/copy.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import { type ImageReference, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";

export interface PushOptions {
  /** One image of an index. Without it the whole index goes when all of it is here, else the host's image. */
  readonly platform?: Platform | undefined;
  /** The whole index, or nothing. */
  readonly all?: boolean | undefined;
  readonly access?: RegistryAccess | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface Pushed {
  readonly reference: ImageReference;
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
}

/**
 * Pushes the image of a name.
 * @throws TeuError `not-found` when the store has no such name; what the registry and the network say
 */
export async function push(images: ImageEngine, text: string, options: PushOptions = {}): Promise<Pushed> {
  const { store } = images;
  const image = await storedImage(images, text);
  const reference = withDefaultTag(parseReference(image.foundBy ?? text));
  const { access, signal, onProgress, platform } = options;
  const repository = `${reference.registry}/${reference.repository}`;
  const network = await images.network();
  await using source = store.source(image.digest);
  await using destination = network.destination(reference, { access, mountFrom: neighbours(image.repoDigests, reference) });
  const { manifest } = await copyImage(source, destination, {
    platform: platform ?? images.platform,
    all: options.all ?? (platform === undefined && (await isWholeIndex(images, source))),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (manifest.digest === image.digest) store.names.addRepository(image.digest, repository);
  return { reference, digest: manifest.digest, size: manifest.bytes.length };
}

/** Other repositories of the same registry that had the image. */
function neighbours(repoDigests: readonly string[], { registry, repository }: ImageReference): string[] {
  return repoDigests
    .map((text) => parseReference(text))
    .filter((other) => other.registry === registry && other.repository !== repository)
    .map((other) => other.repository);
}

/** Whether a source of the store is an index of which every image is here. */
async function isWholeIndex({ store }: ImageEngine, source: ImageSource): Promise<boolean> {
  const { bytes, mediaType } = await source.manifest();
  const { index } = parseManifest(bytes, mediaType);
  return index?.manifests.every(({ digest }) => store.blobs.size(digest) !== undefined) === true;
}
