// Use case `push`: images of the store to the registry that their names say; told in docker's words.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { copyImage } from "../../image/copy/copy.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import type { StoredImage } from "../../image/store/names.ts";
import {
  familiarName,
  formatFamiliar,
  formatReference,
  type ImageReference,
  parseReference,
  withDefaultTag,
} from "../../spec/distribution/reference.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { canonicalNames } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";
import { withPackedLayers } from "./pack-layers.ts";
import { recordImageEvents } from "./record-event.ts";

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
  const { onProgress } = options;
  const names = await canonicalNames(images, text);
  const [first] = names;
  if (first === undefined)
    throw new TeuError("invalid", `push ${text}: it is an ID, and a name says where to push; give it one with teu tag`);
  const reference = parseReference(names.find((name) => images.store.names.find(name) !== undefined) ?? first);
  const typed = parseReference(text);
  if (typed.digest !== undefined) throw new TeuError("invalid", "cannot push a digest reference");
  if (typed.tag === undefined) onProgress?.({ kind: "message", text: "Using default tag: latest" });
  beginning(reference, onProgress);
  return pushReference(images, reference, options);
}

/**
 * Pushes every tag that the store has of a repository.
 * @throws as `push`; TeuError `invalid` for a name with a tag or a digest
 */
export async function pushAll(images: ImageEngine, text: string, options: PushOptions = {}): Promise<readonly Pushed[]> {
  const { tag, digest } = parseReference(text);
  if (tag !== undefined || digest !== undefined) throw new TeuError("invalid", "tag can't be used with --all-tags/-a");
  const [name] = await canonicalNames(images, text);
  const repository = parseReference(name ?? text);
  const references = images.store.names
    .list()
    .flatMap(({ names }) => names.map((stored) => parseReference(stored)))
    .filter((other) => other.registry === repository.registry && other.repository === repository.repository && other.tag !== undefined)
    .toSorted((a, b) => ((a.tag ?? "") < (b.tag ?? "") ? -1 : 1));
  if (references.length === 0) throw noImage(repository);
  beginning(repository, options.onProgress);
  const pushed: Pushed[] = [];
  for (const reference of references) pushed.push(await pushReference(images, reference, options));
  return pushed;
}

function beginning(reference: ImageReference, onProgress: ProgressSink | undefined): void {
  onProgress?.({ kind: "message", text: `The push refers to repository [${reference.registry}/${reference.repository}]` });
}

async function pushReference(images: ImageEngine, plain: ImageReference, options: PushOptions): Promise<Pushed> {
  const { store } = images;
  const { access, signal, onProgress, platform } = options;
  const reference = withDefaultTag(plain);
  const found = store.names.find(formatReference(reference));
  if (found === undefined) throw hasRepository(images, reference) ? noTag(reference) : noImage(reference);
  const image = await withPackedLayers(images, found, { signal, onProgress });
  const network = await images.network();
  await using source = store.source(image.digest);
  await using destination = network.destination(reference, { access, mountFrom: neighbours(image, reference) });
  const { manifest } = await copyImage(source, destination, {
    platform: platform ?? images.platform,
    all: options.all ?? (platform === undefined && (await isWholeIndex(images, source))),
    ...(signal === undefined ? {} : { signal }),
    direction: "out",
    ...(onProgress === undefined ? {} : { onProgress: withMounts(onProgress, (digest) => destination.mountedFrom(digest)) }),
  });
  if (manifest.digest === image.digest) store.names.addRepository(image.digest, `${reference.registry}/${reference.repository}`);
  await recordImageEvents(images, [{ action: "push", actor: formatFamiliar(reference), attributes: { name: familiarName(reference) } }]);
  const size = manifest.bytes.length;
  onProgress?.({ kind: "message", id: reference.tag ?? manifest.digest, text: `digest: ${manifest.digest} size: ${size}` });
  return { reference, digest: manifest.digest, size };
}

/** Layers that the registry took from another repository are told as such. */
function withMounts(onProgress: ProgressSink, mountedFrom: (digest: Digest) => string | undefined): ProgressSink {
  return (event) => {
    const from = event.kind === "layer" && event.state === "present-there" ? mountedFrom(event.digest) : undefined;
    onProgress(from === undefined || event.kind === "message" ? event : { ...event, state: "mounted", detail: from });
  };
}

function hasRepository({ store }: ImageEngine, { registry, repository }: ImageReference): boolean {
  const prefix = formatReference({ registry, repository });
  return store.names.list().some(({ names }) => names.some((name) => name.startsWith(`${prefix}:`) || name.startsWith(`${prefix}@`)));
}

function noTag(reference: ImageReference): TeuError {
  return new TeuError("not-found", `tag does not exist: ${formatFamiliar(reference)}`);
}

function noImage(reference: ImageReference): TeuError {
  return new TeuError("not-found", `An image does not exist locally with the tag: ${familiarName(reference)}`);
}

/** Other repositories of the same registry that had the image. */
function neighbours({ repoDigests }: StoredImage, { registry, repository }: ImageReference): string[] {
  return repoDigests
    .map((text) => parseReference(text))
    .filter((other) => other.registry === registry && other.repository !== repository)
    .map((other) => other.repository);
}

/** Whether a source of the store is an index of which every image is here. */
export async function isWholeIndex({ store }: ImageEngine, source: ImageSource): Promise<boolean> {
  const { bytes, mediaType } = await source.manifest();
  const { index } = parseManifest(bytes, mediaType);
  return index?.manifests.every(({ digest }) => store.blobs.size(digest) !== undefined) === true;
}
