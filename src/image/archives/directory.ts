// `dir:PATH`: skopeo's directory, containers-transports(5): `version`, `manifest.json`, blobs by the hexadecimal part of their digest, the
// manifests inside an index as `<hex>.manifest.json`.
import { readdir } from "node:fs/promises";
import { type Digest, digestOf, hexOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ImageDestination, ImageSource, ManifestBytes, PutBlobOptions, TransferOptions } from "../ports/transport.ts";
import { DirectoryFiles, errorCode, failed } from "./directory-files.ts";
import { ASIDE, FilesAside, once } from "./files-aside.ts";
import { verified, verifyBytes } from "./verify.ts";

const VERSION_FILE = "version";
const MANIFEST_FILE = "manifest.json";
const VERSION = "Directory Transport Version: 1.1\n";
const KNOWN_VERSION = /^Directory Transport Version: 1\.\d+\n$/;

/** @throws TeuError `not-found`, `unsupported`. */
export async function openDirectory(path: string): Promise<ImageSource> {
  const files = await DirectoryFiles.open(path);
  try {
    const version = await files.read(VERSION_FILE, 4096);
    // Older writers made none.
    if (version !== undefined && !KNOWN_VERSION.test(new TextDecoder().decode(version))) {
      throw new TeuError("unsupported", `read dir:${path}: its file ${VERSION_FILE} is of a newer format than 1.x`);
    }
    return new DirectorySource(path, files);
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

class DirectorySource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #files: DirectoryFiles;

  constructor(path: string, files: DirectoryFiles) {
    this.name = `dir:${path}`;
    this.#files = files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  async manifest(digest?: Digest): Promise<ManifestBytes> {
    const inside = digest === undefined ? undefined : await this.#files.read(`${hexOf(digest)}.manifest.json`, LARGEST_MANIFEST);
    const bytes = inside ?? (await this.#files.read(MANIFEST_FILE, LARGEST_MANIFEST));
    if (bytes === undefined) throw new TeuError("not-found", `read the manifest of ${this.name}: it has no ${MANIFEST_FILE}`);
    if (digest !== undefined && inside === undefined && digestOf(bytes) !== digest) {
      throw new TeuError("not-found", `read the manifest ${digest} of ${this.name}: it is missing`);
    }
    const { manifest, index } = parseManifest(bytes);
    const mediaType = (manifest ?? index).mediaType;
    if (digest !== undefined) verifyBytes(bytes, { mediaType, digest, size: bytes.length });
    return { bytes, mediaType, digest: digest ?? digestOf(bytes) };
  }

  async blob(
    { digest }: Descriptor,
    { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    return this.#files.stream(hexOf(digest), offset, signal);
  }
}

export class DirectoryDestination implements ImageDestination {
  readonly name: string;
  readonly #files: DirectoryFiles;
  readonly #aside: FilesAside;
  #named: ManifestBytes | undefined;

  private constructor(path: string, files: DirectoryFiles, aside: FilesAside) {
    this.name = `dir:${path}`;
    this.#files = files;
    this.#aside = aside;
  }

  /** Opens a directory that is empty, new, or an image's already, which is then replaced. @throws TeuError `conflict`. */
  static async open(path: string): Promise<DirectoryDestination> {
    const names = await readdir(path).catch((error: unknown): string[] => {
      if (errorCode(error) === "ENOENT") return [];
      throw failed(`open the directory ${path}`, error);
    });
    const isOurs = names.length === 0 || names.includes(VERSION_FILE) || names.includes(ASIDE);
    if (!isOurs) throw new TeuError("conflict", `write dir:${path}: the directory is not empty and holds no image`);
    const aside = await FilesAside.open(path);
    // First, so that what a killed writer left is known as an image's directory by the next.
    await aside.write(VERSION_FILE, once(new TextEncoder().encode(VERSION)));
    return new DirectoryDestination(path, await DirectoryFiles.open(path), aside);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
    await this.#aside[Symbol.asyncDispose]();
  }

  async hasBlob({ digest, size }: Descriptor): Promise<boolean> {
    return (await this.#files.size(hexOf(digest))) === size;
  }

  async putBlob(
    descriptor: Descriptor,
    open: (offset: number) => Promise<AsyncIterable<Uint8Array>>,
    options: PutBlobOptions = {},
  ): Promise<void> {
    await this.#aside.write(hexOf(descriptor.digest), verified(await open(0), descriptor), options);
  }

  async putManifest(manifest: ManifestBytes, { named }: TransferOptions & { readonly named: boolean }): Promise<void> {
    if (named) this.#named = manifest;
    else await this.#aside.write(`${hexOf(manifest.digest)}.manifest.json`, once(manifest.bytes));
  }

  async commit(): Promise<void> {
    if (this.#named !== undefined) await this.#aside.write(MANIFEST_FILE, once(this.#named.bytes));
  }
}
