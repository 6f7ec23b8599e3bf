// Writes archives of one or many images: an OCI image layout in a tar and, for docker, a manifest.json beside it that leads to the same
// blobs. This is what docker itself writes since version 25: older dockers and podman read manifest.json, all others the layout, and
// compressed layers are kept as they are, so that digests survive. Blobs are written where they will stay, several at a time.
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { algorithmOf, type Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { canonicalJson } from "../../spec/image/canonical.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { ARCHIVE_MANIFEST, encodeArchiveFile } from "../../spec/image/docker-archive.ts";
import { blobPath, encodeLayoutFile, INDEX_FILE, LAYOUT_FILE } from "../../spec/image/layout.ts";
import type { ImageIndex } from "../../spec/image/manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageDestination, ManifestBytes, PutBlobOptions, TransferOptions } from "../ports/transport.ts";
import { failed } from "./directory-files.ts";
import { dockerRows } from "./docker-rows.ts";
import { streamRange } from "./file-set.ts";
import { removeAbandoned } from "./files-aside.ts";
import { EMPTY_INDEX, namedDescriptor, refersTo, withImage, withReferrers } from "./layout-index.ts";
import { LAYOUT_ACCEPTS } from "./layout-source.ts";
import { unnamedFile, writeFully } from "./spool.ts";
import { paddingOf, TAR_END, tarHeader } from "./tar-header.ts";
import { verified } from "./verify.ts";

/** A file by its path, or a stream (stdout, a docker daemon) that gets the archive when it is complete. */
export type ArchiveTarget =
  | { readonly path: string }
  | { readonly write: (chunk: Uint8Array) => Promise<void> | void; readonly name: string };

export interface ArchiveOptions {
  /** `docker` adds manifest.json. */
  readonly format: "oci" | "docker";
  /** Where an unnamed file may be made. */
  readonly temporary: string;
  /** Which image of an index manifest.json leads to, for readers that know one platform only. */
  readonly platform: Platform;
}

/** Tells the writers of one process apart. */
let opened = 0;

interface Named {
  readonly manifest: ManifestBytes;
  readonly names: readonly string[];
}

export class ArchiveWriter implements AsyncDisposable {
  readonly name: string;
  readonly #target: ArchiveTarget;
  readonly #options: ArchiveOptions;
  /** Where the archive grows: beside the target, or in a file without a name. */
  readonly #handle: FileHandle;
  readonly #aside: string | undefined;
  readonly #blobs = new Map<Digest, Promise<void>>();
  readonly #manifests = new Map<Digest, ManifestBytes>();
  readonly #images: Named[] = [];
  #end = 0;
  #hasGap = false;
  #isFinished = false;

  private constructor(target: ArchiveTarget, options: ArchiveOptions, handle: FileHandle, aside: string | undefined) {
    this.name = "path" in target ? target.path : target.name;
    this.#target = target;
    this.#options = options;
    this.#handle = handle;
    this.#aside = aside;
  }

  /** @throws TeuError when the target cannot be written. */
  static async open(target: ArchiveTarget, options: ArchiveOptions): Promise<ArchiveWriter> {
    if (!("path" in target) || (await isSpecial(target.path))) {
      return ArchiveWriter.#begin(target, options, await unnamedFile(options.temporary), undefined);
    }
    const directory = dirname(target.path);
    const prefix = `.${basename(target.path)}.teu-partial-`;
    try {
      await removeAbandoned(directory, prefix);
      const aside = `${directory}/${prefix}${process.pid}-${opened++}`;
      return await ArchiveWriter.#begin(target, options, await open(aside, "wx", 0o644), aside);
    } catch (error) {
      throw failed(`write the archive ${target.path}`, error);
    }
  }

  static async #begin(target: ArchiveTarget, options: ArchiveOptions, handle: FileHandle, aside: string | undefined) {
    const writer = new ArchiveWriter(target, options, handle, aside);
    await writer.#add("blobs/", new Uint8Array());
    await writer.#add("blobs/sha256/", new Uint8Array());
    return writer;
  }

  /** Removes the archive unless it is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#blobs.values());
    await this.#handle.close();
    if (this.#aside !== undefined && !this.#isFinished) await rm(this.#aside, { force: true });
  }

  /** A destination for one image, under one or more names. Its `commit` notes the image; `finish` completes the archive. */
  image(names: readonly string[]): ImageDestination {
    return new ArchiveImage(this, names, this.#options.format);
  }

  /** Whether a blob is in the archive, or being written by another image: then waited for. */
  async has({ digest }: Descriptor): Promise<boolean> {
    await this.#blobs.get(digest);
    return this.#blobs.has(digest);
  }

  async putBlob(descriptor: Descriptor, content: AsyncIterable<Uint8Array>, options: PutBlobOptions): Promise<void> {
    const writing = this.#place(descriptor, content, options);
    this.#blobs.set(descriptor.digest, writing);
    try {
      await writing;
    } catch (error) {
      this.#blobs.delete(descriptor.digest);
      this.#hasGap = true;
      options.signal?.throwIfAborted();
      throw failed(`write the archive ${this.name}`, error);
    }
  }

  async putManifest(manifest: ManifestBytes): Promise<void> {
    if (this.#manifests.has(manifest.digest)) return;
    this.#manifests.set(manifest.digest, manifest);
    await this.#add(blobPath(manifest.digest), manifest.bytes);
  }

  addImage(image: Named): void {
    this.#images.push(image);
  }

  /** Completes the archive and gives it its name. @throws TeuError. */
  async finish(): Promise<void> {
    if (this.#hasGap) throw new TeuError("invalid", `write the archive ${this.name}: not all blobs could be had`);
    try {
      if (this.#options.format === "docker") await this.#add(ARCHIVE_MANIFEST, encodeArchiveFile(this.#dockerFile()));
      await this.#add(INDEX_FILE, canonicalJson(this.#index()));
      await this.#add(LAYOUT_FILE, encodeLayoutFile());
      await writeFully(this.#handle, TAR_END, this.#end);
      this.#end += TAR_END.length;
      await this.#handOver();
      this.#isFinished = true;
    } catch (error) {
      throw failed(`write the archive ${this.name}`, error);
    }
  }

  async #handOver(): Promise<void> {
    if (this.#aside !== undefined) {
      await this.#handle.sync();
      await rename(this.#aside, this.name);
      return;
    }
    const target = this.#target;
    const sink = "path" in target ? await open(target.path, "w") : undefined;
    try {
      for await (const chunk of streamRange({ handle: this.#handle, offset: 0, size: this.#end }, this.name)) {
        if (sink !== undefined) await sink.writeFile(chunk);
        else if ("write" in target) await target.write(chunk);
      }
    } finally {
      await sink?.close();
    }
  }

  #index(): ImageIndex {
    let index = withReferrers(EMPTY_INDEX, [...this.#manifests.values()].filter(refersTo));
    for (const { manifest, names } of this.#images) {
      for (const name of names.length === 0 ? [undefined] : names) index = withImage(index, namedDescriptor(manifest, name));
    }
    return index;
  }

  #dockerFile() {
    return dockerRows(this.#images, (digest) => this.#manifests.get(digest), this.#options.platform);
  }

  /** Takes the next free place for an entry. */
  #reserve(name: string, size: number): { readonly head: Uint8Array; readonly at: number } {
    const head = tarHeader(name, size);
    const at = this.#end;
    this.#end += head.length + size + paddingOf(size);
    return { head, at };
  }

  async #add(name: string, bytes: Uint8Array): Promise<void> {
    const { head, at } = this.#reserve(name, bytes.length);
    await writeFully(this.#handle, Buffer.concat([head, bytes, new Uint8Array(paddingOf(bytes.length))]), at);
  }

  async #place(descriptor: Descriptor, content: AsyncIterable<Uint8Array>, { signal, onProgress }: PutBlobOptions): Promise<void> {
    const { digest, size } = descriptor;
    if (algorithmOf(digest) === "sha512" && !this.#hasSha512()) await this.#add("blobs/sha512/", new Uint8Array());
    const { head, at } = this.#reserve(blobPath(digest), size);
    await writeFully(this.#handle, head, at);
    let position = at + head.length;
    for await (const chunk of verified(content, descriptor)) {
      signal?.throwIfAborted();
      await writeFully(this.#handle, chunk, position);
      position += chunk.length;
      onProgress?.(position - at - head.length);
    }
    await writeFully(this.#handle, new Uint8Array(paddingOf(size)), position);
  }

  #hasSha512(): boolean {
    return [...this.#blobs.keys()].some((digest) => algorithmOf(digest) === "sha512");
  }
}

async function isSpecial(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isFile();
  } catch {
    return false; // not there yet; whatever else is wrong shows when it is made
  }
}

class ArchiveImage implements ImageDestination {
  readonly name: string;
  readonly accepts?: readonly string[];
  readonly #writer: ArchiveWriter;
  readonly #names: readonly string[];
  #named: ManifestBytes | undefined;

  constructor(writer: ArchiveWriter, names: readonly string[], format: ArchiveOptions["format"]) {
    this.name = writer.name;
    // A docker archive's readers go by manifest.json, which has no media types: there the digest is kept.
    if (format === "oci") this.accepts = LAYOUT_ACCEPTS;
    this.#writer = writer;
    this.#names = names;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#writer.has(descriptor);
  }

  async putBlob(
    descriptor: Descriptor,
    open: (offset: number) => Promise<AsyncIterable<Uint8Array>>,
    options: PutBlobOptions = {},
  ): Promise<void> {
    await this.#writer.putBlob(descriptor, await open(0), options);
  }

  async putManifest(manifest: ManifestBytes, { named }: TransferOptions & { readonly named: boolean }): Promise<void> {
    await this.#writer.putManifest(manifest);
    if (named) this.#named = manifest;
  }

  async commit(): Promise<void> {
    if (this.#named !== undefined) this.#writer.addImage({ manifest: this.#named, names: this.#names });
  }
}

/** An archive of a single image, complete with its `commit`. */
export async function singleImageArchive(
  target: ArchiveTarget,
  options: ArchiveOptions,
  names: readonly string[],
): Promise<ImageDestination> {
  const writer = await ArchiveWriter.open(target, options);
  const image = writer.image(names);
  const { format } = options;
  return {
    name: `${format}-archive:${writer.name}`,
    ...(image.accepts === undefined ? {} : { accepts: image.accepts }),
    hasBlob: (descriptor) => image.hasBlob(descriptor),
    putBlob: (descriptor, from, putOptions) => image.putBlob(descriptor, from, putOptions),
    putManifest: (manifest, putOptions) => image.putManifest(manifest, putOptions),
    commit: async () => {
      await image.commit();
      await writer.finish();
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}
