// All images of an archive, for `load`: whatever docker, podman or skopeo saved, from a file or a stream that can be read only once.
import { ARCHIVE_MANIFEST } from "../../spec/image/docker-archive.ts";
import type { ImageSource } from "../ports/transport.ts";
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
  readonly images: readonly LoadableImage[];
}

export type ArchiveInput = { readonly path: string } | { readonly name: string; readonly stream: AsyncIterable<Uint8Array> };

/** Opens an archive and lists it. @throws TeuError `not-found`, `invalid`, `unsupported`. */
export async function openLoadable(input: ArchiveInput, options: TarOptions): Promise<LoadableArchive> {
  const files = "path" in input ? await TarFiles.open(input.path, options) : await TarFiles.fromStream(input.name, input.stream, options);
  try {
    const images = await imagesOf(files);
    return { images, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

/** By manifest.json where there is one, for it has docker's names; else by the layout. */
async function imagesOf(files: FileSet): Promise<readonly LoadableImage[]> {
  const shared = borrowed(files);
  if ((await files.size(ARCHIVE_MANIFEST)) === undefined && (await isLayout(files))) {
    return (await listLayout(files)).map(({ descriptor, name }) => ({
      names: name === undefined ? [] : [name],
      open: async () => new LayoutSource(files.name, shared, descriptor),
    }));
  }
  return (await listDockerArchive(files)).map(({ RepoTags = [] }, index) => ({
    names: RepoTags,
    open: () => dockerArchiveSource(files.name, shared, { index }),
  }));
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
