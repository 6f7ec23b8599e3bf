// Use case `load`: every image of an archive (docker's old and new, an OCI layout) or of a layout's directory into the store. An archive that is
// a plain file is read where it lies; layers are unpacked while they are read.
import { tmpdir } from "node:os";
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { type ArchiveInput, openLoadable } from "../../image/archives/loadable.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import {
  formatFamiliar,
  formatReference,
  InvalidReferenceError,
  parseReference,
  withDefaultTag,
} from "../../spec/distribution/reference.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";
import { recordImageEvents } from "./record-event.ts";

export interface LoadOptions {
  /** One image of an index. Without it every image of it that is there, and the host's is unpacked. */
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
  /** Told of each image once it is in the store. */
  readonly loaded?: ((image: LoadedImage) => void) | undefined;
}

export interface LoadedImage {
  /** Its configuration's digest. */
  readonly id: Digest;
  readonly digest: Digest;
  /** Canonical; none of an archive that does not name it. */
  readonly names: readonly string[];
  /** Names that meant another image before, with that one's ID. */
  readonly taken: readonly { readonly name: string; readonly id: Digest }[];
}

/**
 * Loads all images; each is in the store whole, or not at all.
 * @throws TeuError `not-found`, `invalid` for what is no archive, or has nothing for the platform; what the store says
 */
export async function loadImages(images: ImageEngine, input: ArchiveInput, options: LoadOptions = {}): Promise<readonly LoadedImage[]> {
  await using archive = await openLoadable(input, { temporary: tmpdir(), signal: options.signal });
  const loaded: LoadedImage[] = [];
  for (const content of archive.images) {
    options.signal?.throwIfAborted();
    await using source = await content.open();
    const image = await loadOne(images, source, canonical(content.names), options);
    loaded.push(image);
    const [name] = image.names;
    const attributes = { name: name === undefined ? image.id : formatFamiliar(parseReference(name)) };
    await recordImageEvents(images, [{ action: "load", actor: image.id, attributes }]);
    options.loaded?.(image);
  }
  if (loaded.length === 0) throw new TeuError("invalid", `load ${archive.name}: it holds no image`);
  return loaded;
}

/** docker's short names are docker.io's here, whatever the configuration; what is no name is left out, and the image comes by its ID. */
function canonical(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    try {
      return [formatReference(withDefaultTag(parseReference(name)))];
    } catch (error) {
      if (error instanceof InvalidReferenceError) return [];
      throw error;
    }
  });
}

async function loadOne(
  images: ImageEngine,
  source: ImageSource,
  names: readonly string[],
  { platform, signal, onProgress }: LoadOptions,
): Promise<LoadedImage> {
  const { store } = images;
  const [name, ...others] = names;
  const before = names.flatMap((one) => {
    const image = store.names.find(one);
    return image === undefined ? [] : [{ name: one, id: image.id }];
  });
  const all = platform === undefined && (await isWhole(source));
  const { digest } = await receiveImage(images, source, { name, platform, all, signal, onProgress });
  for (const other of others) store.names.tag(other, digest);
  const { id } = store.names.resolve(name ?? digest);
  return { id, digest, names, taken: before.filter((one) => one.id !== id) };
}

/** Whether a source is an index of which every manifest is there: then all of it is wanted. */
async function isWhole(source: ImageSource): Promise<boolean> {
  const { bytes, mediaType } = await source.manifest();
  const { index } = parseManifest(bytes, mediaType);
  for (const { digest } of index?.manifests ?? []) {
    try {
      await source.manifest(digest);
    } catch (error) {
      if (error instanceof TeuError && error.code === "not-found") return false;
      throw error;
    }
  }
  return index !== undefined;
}
