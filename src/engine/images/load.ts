// Use case `load`: every image of an archive (docker's old and new, an OCI layout) or of a layout's directory into the store. An archive that is
// a plain file is read where it lies; layers are unpacked while they are read.
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { DirectoryFiles, failed } from "../../image/archives/directory-files.ts";
import { dockerArchiveSource, listDockerArchive } from "../../image/archives/docker-archive.ts";
import type { FileSet } from "../../image/archives/file-set.ts";
import { isLayout, LayoutSource, listLayout } from "../../image/archives/layout-source.ts";
import { TarFiles } from "../../image/archives/tar-files.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import { formatReference, InvalidReferenceError, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import { ARCHIVE_MANIFEST } from "../../spec/image/docker-archive.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";

/** A file or directory by its path, or a stream. */
export type LoadInput = { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string };

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
export async function loadImages(images: ImageEngine, input: LoadInput, options: LoadOptions = {}): Promise<readonly LoadedImage[]> {
  await using files = await openFiles(input, options.signal);
  const loaded: LoadedImage[] = [];
  for (const { names, open } of await contentsOf(files)) {
    options.signal?.throwIfAborted();
    await using source = await open();
    const image = await loadOne(images, source, names, options);
    loaded.push(image);
    options.loaded?.(image);
  }
  if (loaded.length === 0) throw new TeuError("invalid", `load ${files.name}: it holds no image`);
  return loaded;
}

async function openFiles(input: LoadInput, signal: AbortSignal | undefined): Promise<FileSet> {
  const options = { temporary: tmpdir(), signal };
  if ("stream" in input) return TarFiles.fromStream(input.name, input.stream, options);
  const { path } = input;
  const found = await stat(path).catch((error: unknown) => {
    throw failed(`open the archive ${path}`, error);
  });
  return found.isDirectory() ? DirectoryFiles.open(path) : TarFiles.open(path, options);
}

/** One image of an archive. */
interface Content {
  /** Canonical. */
  readonly names: readonly string[];
  readonly open: () => Promise<ImageSource>;
}

async function contentsOf(files: FileSet): Promise<readonly Content[]> {
  if ((await files.size(ARCHIVE_MANIFEST)) === undefined && (await isLayout(files))) return layoutContents(files);
  const rows = await listDockerArchive(files);
  return rows.map(({ RepoTags = [] }, index) => ({
    names: canonical(RepoTags),
    open: () => dockerArchiveSource(files.name, shared(files), { index }),
  }));
}

async function layoutContents(files: FileSet): Promise<readonly Content[]> {
  const contents: Content[] = [];
  for (const { descriptor, name } of await listLayout(files)) {
    const source = new LayoutSource(files.name, shared(files), descriptor);
    if (name === undefined && (await isReferrer(source))) continue; // a signature, say: of an image, and none itself
    contents.push({ names: name === undefined ? [] : canonical([name]), open: async () => source });
  }
  return byDigest(contents, await Promise.all(contents.map(async ({ open }) => (await (await open()).manifest()).digest)));
}

/** An image that a layout lists under several names is one. */
function byDigest(contents: readonly Content[], digests: readonly Digest[]): readonly Content[] {
  const merged = new Map<Digest, Content>();
  for (const [index, content] of contents.entries()) {
    const digest = digests[index];
    if (digest === undefined) continue;
    const before = merged.get(digest);
    merged.set(digest, { ...content, names: [...new Set([...(before?.names ?? []), ...content.names])] });
  }
  return [...merged.values()];
}

async function isReferrer(source: ImageSource): Promise<boolean> {
  const { bytes, mediaType } = await source.manifest();
  const { manifest, index } = parseManifest(bytes, mediaType);
  return (manifest ?? index).subject !== undefined;
}

/** Names in archives are whole, or docker's short ones; what is no name is left out, and the image comes by its ID. */
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

/** The same files for each of the images: who opened them closes them. */
function shared(files: FileSet): FileSet {
  return {
    name: files.name,
    size: (name) => files.size(name),
    read: (name, limit) => files.read(name, limit),
    stream: (name, offset, signal) => files.stream(name, offset, signal),
    [Symbol.asyncDispose]: async () => {},
  };
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
