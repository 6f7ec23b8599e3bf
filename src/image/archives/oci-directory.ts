// `oci:DIR[:name]`: an OCI image layout in a directory, to read and to write. Blobs are written aside, checked, synced and renamed, the
// index last, so that whoever reads the layout at any moment sees whole images only.
import { mkdir, readdir } from "node:fs/promises";
import { algorithmOf, type Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { canonicalJson } from "../../spec/image/canonical.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { blobPath, encodeLayoutFile, INDEX_FILE, LAYOUT_FILE } from "../../spec/image/layout.ts";
import type { ImageDestination, ManifestBytes, PutBlobOptions, TransferOptions } from "../ports/transport.ts";
import { DirectoryFiles, errorCode, failed } from "./directory-files.ts";
import { ASIDE, FilesAside, once } from "./files-aside.ts";
import { EMPTY_INDEX, namedDescriptor, refersTo, withImage, withReferrers } from "./layout-index.ts";
import { isLayout, LAYOUT_ACCEPTS, LayoutSource, readLayoutIndex } from "./layout-source.ts";
import type { ImageChoice } from "./transport-name.ts";
import { verified } from "./verify.ts";

/** @throws TeuError `not-found`, `invalid`. */
export async function openOciDirectory(path: string, choice: ImageChoice = {}): Promise<LayoutSource> {
  return LayoutSource.open(`oci:${path}`, await DirectoryFiles.open(path), choice);
}

export class OciDirectoryDestination implements ImageDestination {
  readonly name: string;
  readonly accepts = LAYOUT_ACCEPTS;
  readonly #path: string;
  readonly #files: DirectoryFiles;
  readonly #aside: FilesAside;
  readonly #imageName: string | undefined;
  #named: ManifestBytes | undefined;
  readonly #referrers: ManifestBytes[] = [];

  private constructor(path: string, files: DirectoryFiles, aside: FilesAside, imageName: string | undefined) {
    this.name = `oci:${path}${imageName === undefined ? "" : `:${imageName}`}`;
    this.#path = path;
    this.#files = files;
    this.#aside = aside;
    this.#imageName = imageName;
  }

  /** Opens a layout to add an image to, or makes one. @throws TeuError `conflict` when the directory holds something else. */
  static async open(path: string, imageName?: string): Promise<OciDirectoryDestination> {
    const names = await readdir(path).catch((error: unknown): string[] => {
      if (errorCode(error) === "ENOENT") return [];
      throw failed(`open the directory ${path}`, error);
    });
    const isOurs = names.length === 0 || names.includes(LAYOUT_FILE) || names.includes(ASIDE);
    if (!isOurs) throw new TeuError("conflict", `write the OCI layout ${path}: the directory is not empty and holds no layout`);
    const aside = await FilesAside.open(path);
    return new OciDirectoryDestination(path, await DirectoryFiles.open(path), aside, imageName);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
    await this.#aside[Symbol.asyncDispose]();
  }

  async hasBlob({ digest, size }: Descriptor): Promise<boolean> {
    return (await this.#files.size(blobPath(digest))) === size;
  }

  async putBlob(
    descriptor: Descriptor,
    open: (offset: number) => Promise<AsyncIterable<Uint8Array>>,
    options: PutBlobOptions = {},
  ): Promise<void> {
    await this.#makeBlobDirectory(descriptor.digest);
    await this.#aside.write(blobPath(descriptor.digest), verified(await open(0), descriptor), options);
  }

  async putManifest(manifest: ManifestBytes, { named, signal }: TransferOptions & { readonly named: boolean }): Promise<void> {
    await this.#makeBlobDirectory(manifest.digest);
    await this.#aside.write(blobPath(manifest.digest), once(manifest.bytes), signal === undefined ? {} : { signal });
    if (named) this.#named = manifest;
    else if (refersTo(manifest)) this.#referrers.push(manifest);
  }

  async commit(): Promise<void> {
    if (this.#named === undefined) return;
    const before = (await isLayout(this.#files)) ? await readLayoutIndex(this.#files) : EMPTY_INDEX;
    const index = withReferrers(before, this.#referrers);
    // The marker first: an index without it would be read by nobody, a marker without an index is what we mend here.
    await this.#aside.write(LAYOUT_FILE, once(encodeLayoutFile()));
    await this.#aside.write(INDEX_FILE, once(canonicalJson(withImage(index, namedDescriptor(this.#named, this.#imageName)))));
  }

  async #makeBlobDirectory(digest: Digest): Promise<void> {
    await mkdir(`${this.#path}/blobs/${algorithmOf(digest)}`, { recursive: true });
  }
}
