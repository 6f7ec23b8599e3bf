// All images of an archive, for `load`: whatever docker, podman or skopeo saved, from a file, a stream that can be read only once, or the
// directory of an OCI layout.
import { stat } from "node:fs/promises";
import type { Digest } from "../../base/digest.ts";
import { ARCHIVE_MANIFEST } from "../../spec/image/docker-archive.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ImageSource } from "../ports/transport.ts";
import { DirectoryFiles, failed } from "./directory-files.ts";
import { dockerArchiveSource, listDockerArchive } from "./docker-archive.ts";
import type { FileSet } from "./file-set.ts";
import { isLayout, LayoutSource, listLayout } from "./layout-source.ts";
import { TarFiles, type TarOptions } from "./tar-files.ts";

export interface LoadableImage {
  /** As the archive has them: whole references, or bare tags; none for an image that was saved by its id. */
  readonly names: readonly string[];
  /** Good while the archive is open. */
  open(): Promise<ImageSource>;
}

export interface LoadableArchive extends AsyncDisposable {
  /** What it is, for messages. */
  readonly name: string;
  readonly images: readonly LoadableImage[];
}

export type ArchiveInput = { readonly path: string } | { readonly name: string; readonly stream: AsyncIterable<Uint8Array> };

/** Opens an archive and lists it. @throws TeuError `not-found`, `invalid`, `unsupported`. */
export async function openLoadable(input: ArchiveInput, options: TarOptions): Promise<LoadableArchive> {
  const files = await openFiles(input, options);
  try {
    const images = await imagesOf(files);
    return { name: files.name, images, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

async function openFiles(input: ArchiveInput, options: TarOptions): Promise<FileSet> {
  if ("stream" in input) return TarFiles.fromStream(input.name, input.stream, options);
  const { path } = input;
  const found = await stat(path).catch((error: unknown) => {
    throw failed(`open the archive ${path}`, error);
  });
  return found.isDirectory() ? DirectoryFiles.open(path) : TarFiles.open(path, options);
}

/** By manifest.json where there is one, for it has docker's names; else by the layout. */
async function imagesOf(files: FileSet): Promise<readonly LoadableImage[]> {
  if ((await files.size(ARCHIVE_MANIFEST)) === undefined && (await isLayout(files))) return layoutImages(files);
  return (await listDockerArchive(files)).map(({ RepoTags = [] }, index) => ({
    names: RepoTags,
    open: () => dockerArchiveSource(files.name, borrowed(files), { index }),
  }));
}

/** One that the layout lists under several names comes once. What refers to another (a signature) and has no name is no image to load. */
async function layoutImages(files: FileSet): Promise<readonly LoadableImage[]> {
  const found = new Map<Digest, { readonly source: ImageSource; readonly names: string[] }>();
  for (const { descriptor, name } of await listLayout(files)) {
    const source = new LayoutSource(files.name, borrowed(files), descriptor);
    if (name === undefined && (await isReferrer(source))) continue;
    const known = found.get(descriptor.digest) ?? { source, names: [] };
    if (name !== undefined && !known.names.includes(name)) known.names.push(name);
    found.set(descriptor.digest, known);
  }
  return [...found.values()].map(({ source, names }) => ({ names, open: async () => source }));
}

async function isReferrer(source: ImageSource): Promise<boolean> {
  const { bytes, mediaType } = await source.manifest();
  const { manifest, index } = parseManifest(bytes, mediaType);
  return (manifest ?? index).subject !== undefined;
}

/** The same files for several sources, none of which closes them. */
function borrowed(files: FileSet): FileSet {
  return {
    name: files.name,
    size: (name) => files.size(name),
    read: (name, limit) => files.read(name, limit),
    stream: (name, offset, signal) => files.stream(name, offset, signal),
    [Symbol.asyncDispose]: async () => {},
  };
}
