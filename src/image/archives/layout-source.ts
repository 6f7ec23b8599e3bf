// An OCI image layout to read, in a directory or in a tar: image-spec 1.1 image-layout.md. Nothing in it is trusted: names come from
// digests that were checked, manifests are held against their digest, sizes are bounded.
import { algorithmOf, type Digest, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { blobPath, checkLayoutFile, findNamed, IMAGE_NAME, INDEX_FILE, LAYOUT_FILE, REF_NAME } from "../../spec/image/layout.ts";
import type { ImageIndex } from "../../spec/image/manifest.ts";
import { mediaTypeFacts, OCI_INDEX, OCI_MANIFEST } from "../../spec/image/media-types.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import type { FileSet } from "./file-set.ts";
import type { ImageChoice } from "./transport-name.ts";
import { verifyBytes } from "./verify.ts";

/** A layout may hold anything, but its readers look for images among these (image-layout.md, "index.json file"). */
export const LAYOUT_ACCEPTS: readonly string[] = [OCI_MANIFEST, OCI_INDEX];

const MOST_LISTED = 10;

/** An image of a layout, by what people call it. */
export interface LayoutImage {
  readonly descriptor: Descriptor;
  /** The whole reference where there is one, else the layout's own name for it. */
  readonly name: string | undefined;
}

/** Whether files are a layout, by the file that every layout has. */
export async function isLayout(files: FileSet): Promise<boolean> {
  return (await files.size(LAYOUT_FILE)) !== undefined;
}

/** @throws TeuError `not-found` when there is no layout, `invalid` when it is none that we can read. */
export async function readLayoutIndex(files: FileSet): Promise<ImageIndex> {
  const marker = await files.read(LAYOUT_FILE, 4096);
  const bytes = await files.read(INDEX_FILE, LARGEST_MANIFEST);
  if (marker === undefined || bytes === undefined) {
    const missing = marker === undefined ? LAYOUT_FILE : INDEX_FILE;
    throw new TeuError("not-found", `read the OCI layout ${files.name}: it has no file ${missing}`);
  }
  checkLayoutFile(marker);
  const { index } = parseManifest(bytes, OCI_INDEX);
  if (index === undefined) throw new TeuError("invalid", `read the OCI layout ${files.name}: ${INDEX_FILE} is no index`);
  return index;
}

/** The images of a layout, in its order. */
export async function listLayout(files: FileSet): Promise<readonly LayoutImage[]> {
  const { manifests } = await readLayoutIndex(files);
  return manifests.map((descriptor) => ({
    descriptor,
    name: descriptor.annotations?.[IMAGE_NAME] ?? descriptor.annotations?.[REF_NAME],
  }));
}

function listed(index: ImageIndex): string {
  const names = index.manifests.map(({ annotations, digest }) => annotations?.[REF_NAME] ?? digest);
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "";
  return names.length === 0 ? "it holds no image" : `it holds ${names.slice(0, MOST_LISTED).join(", ")}${more}`;
}

/** The image that is meant: the chosen one, or the only one. @throws TeuError `not-found`, `invalid`, listing what there is. */
function choose(index: ImageIndex, { reference, index: place }: ImageChoice, subject: string): Descriptor {
  const { manifests } = index;
  if (reference !== undefined) {
    const found = findNamed(index, reference);
    if (found === undefined) throw new TeuError("not-found", `find the image ${reference} in ${subject}: ${listed(index)}`);
    return found;
  }
  const found = manifests[place ?? 0];
  if (found === undefined) throw new TeuError("not-found", `find image ${place ?? 0} in ${subject}: ${listed(index)}`);
  if (place === undefined && manifests.length > 1) {
    throw new TeuError("invalid", `${subject} holds ${manifests.length} images, choose one by name or @number: ${listed(index)}`);
  }
  return found;
}

export class LayoutSource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #files: FileSet;
  readonly #root: Descriptor;

  /** Owns the files. */
  constructor(name: string, files: FileSet, root: Descriptor) {
    this.name = name;
    this.#files = files;
    this.#root = root;
  }

  /** Opens one image of a layout; the files are closed when it cannot be. @throws TeuError. */
  static async open(name: string, files: FileSet, choice: ImageChoice): Promise<LayoutSource> {
    try {
      return new LayoutSource(name, files, choose(await readLayoutIndex(files), choice, files.name));
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async manifest(digest?: Digest): Promise<ManifestBytes> {
    const wanted = digest ?? this.#root.digest;
    const bytes = await this.#files.read(blobPath(wanted), LARGEST_MANIFEST);
    if (bytes === undefined) throw new TeuError("not-found", `read the manifest ${wanted} of ${this.name}: the blob is missing`);
    const isRoot = wanted === this.#root.digest;
    verifyBytes(bytes, { ...this.#root, digest: wanted, size: isRoot ? this.#root.size : bytes.length });
    const { manifest, index } = parseManifest(bytes, isRoot ? this.#root.mediaType : undefined);
    return { bytes, digest: wanted, mediaType: (manifest ?? index).mediaType };
  }

  async blob(
    { digest, size }: Descriptor,
    { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const found = await this.#files.size(blobPath(digest));
    if (found === undefined) throw new TeuError("not-found", `read the blob ${digest} of ${this.name}: it is missing`);
    if (found !== size) throw new TeuError("invalid", `read the blob ${digest} of ${this.name}: it has ${found} bytes, not ${size}`);
    return this.#files.stream(blobPath(digest), offset, signal);
  }

  /** Those that the layout's index lists: others no reader could find. */
  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    const { manifests } = await readLayoutIndex(this.#files);
    const found: Descriptor[] = [];
    for (const descriptor of manifests) {
      const { kind } = mediaTypeFacts(descriptor.mediaType);
      if (kind !== "manifest" && kind !== "index") continue;
      const bytes = await this.#files.read(blobPath(descriptor.digest), LARGEST_MANIFEST);
      if (bytes === undefined || digestOf(bytes, algorithmOf(descriptor.digest)) !== descriptor.digest) continue;
      const { manifest, index } = parseManifest(bytes, descriptor.mediaType);
      if ((manifest ?? index).subject?.digest === digest) found.push(descriptor);
    }
    return found;
  }
}
