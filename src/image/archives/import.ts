// A root file system as an image of one layer: `docker import`. The tar is hashed as it comes (diffID) and packed so that the same bytes
// give the same layer: image-spec 1.1 config.md, "Layer DiffID".
import type { FileHandle } from "node:fs/promises";
import { type Digest, Digester, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ExecutionConfig, ImageConfig } from "../../spec/image/image-config.ts";
import { layerType, OCI_CONFIG, OCI_MANIFEST } from "../../spec/image/media-types.ts";
import { encodeImageConfig } from "../../spec/image/parse-config.ts";
import { encodeManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { TreeSink } from "../../spec/tree-entry.ts";
import { LayerWriter } from "../layers/diff.ts";
import { packer } from "../layers/packer.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { applyChanges } from "./changes.ts";
import { restOf, streamRange } from "./file-set.ts";
import { once } from "./files-aside.ts";
import { unnamedFile, writeFully } from "./spool.ts";
import { unpackedStream } from "./tar-files.ts";

export interface ImportOptions {
  readonly platform: Platform;
  /** When the image was made, RFC 3339. */
  readonly created: string;
  /** Dockerfile instructions, see `applyChanges`. */
  readonly changes?: readonly string[];
  readonly config?: ExecutionConfig;
  /** The comment of the image's only step. */
  readonly message?: string;
  readonly author?: string;
  /** What made the layer, for the history. */
  readonly createdBy?: string;
  /** Where an unnamed file may be made. */
  readonly temporary: string;
  readonly signal?: AbortSignal;
}

/** A layer in a file without a name. */
interface SpooledLayer {
  readonly handle: FileHandle;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

const BLOCK = 512;

/**
 * Makes an image of a tar, gzip'd or zstd'd or neither. The tar's names are judged by whoever unpacks it; that it is a tar, here.
 * @throws InvalidInputError for a wrong change, before anything is read; TeuError `invalid` for what is no tar.
 */
export function importTar(name: string, source: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<ImageSource> {
  return importLayer(name, options, () => spoolTar(name, source, options));
}

/** Gives a tree to a sink, entry by entry. */
export type FillTree = (sink: TreeSink) => Promise<void>;

/** Makes an image of a directory, or of any other tree. @throws InvalidInputError for a wrong change; what `fill` throws. */
export function importTree(name: string, fill: FillTree, options: ImportOptions): Promise<ImageSource> {
  return importLayer(name, options, () => spoolTree(fill, options));
}

async function importLayer(name: string, options: ImportOptions, spoolLayer: () => Promise<SpooledLayer>): Promise<ImageSource> {
  const config = applyChanges(options.config ?? {}, options.changes ?? []);
  const layer = await spoolLayer();
  const configBytes = encodeImageConfig(imageConfig(config, layer.diffId, options));
  const configDescriptor: Descriptor = { mediaType: OCI_CONFIG, digest: digestOf(configBytes), size: configBytes.length };
  const bytes = encodeManifest({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: configDescriptor, layers: [layer.descriptor] });
  return new ImportedImage(name, { bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) }, configBytes, layer);
}

function imageConfig(
  config: ExecutionConfig,
  diffId: Digest,
  { created, author, message, createdBy, platform }: ImportOptions,
): ImageConfig {
  const by = author === undefined ? {} : { author };
  return {
    ...platform,
    created,
    ...by,
    config,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [
      {
        created,
        ...by,
        ...(createdBy === undefined ? {} : { created_by: createdBy }),
        ...(message === undefined ? {} : { comment: message }),
      },
    ],
  };
}

/** ustar's and GNU's magic (POSIX.1-2017 pax); v7 tars have none, and are taken for tars when they end on a block. */
function looksLikeTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && (Buffer.from(head.subarray(257, 262)).toString("latin1") === "ustar" || head[257] === 0);
}

/** Writes to a file, one chunk after the other. */
function appender(handle: FileHandle): (chunk: Uint8Array) => Promise<void> {
  let end = 0;
  return (chunk) => {
    const at = end;
    end += chunk.length;
    return writeFully(handle, chunk, at);
  };
}

async function spoolTar(name: string, source: AsyncIterable<Uint8Array>, { temporary, signal }: ImportOptions): Promise<SpooledLayer> {
  const handle = await unnamedFile(temporary);
  try {
    const [plain, packed] = [new Digester(), new Digester()];
    const append = appender(handle);
    const pack = await packer("gzip", (chunk) => {
      packed.update(chunk);
      return append(chunk);
    });
    for await (const chunk of await unpackedStream(source)) {
      signal?.throwIfAborted();
      if (plain.size === 0 && !looksLikeTar(chunk)) throw new TeuError("invalid", `import ${name}: it is no tar`);
      plain.update(chunk);
      await pack.write(chunk);
    }
    if (plain.size === 0) throw new TeuError("invalid", `import ${name}: it is empty`);
    if (plain.size % BLOCK !== 0) throw new TeuError("invalid", `import ${name}: the tar is cut short`);
    await pack.end();
    const descriptor = { mediaType: layerType("oci", "gzip"), digest: packed.digest(), size: packed.size };
    return { handle, descriptor, diffId: plain.digest() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function spoolTree(fill: FillTree, { temporary }: ImportOptions): Promise<SpooledLayer> {
  const handle = await unnamedFile(temporary);
  try {
    const writer = await LayerWriter.open(appender(handle));
    await fill(writer);
    const { mediaType, digest, packedSize, diffId } = await writer.end();
    return { handle, descriptor: { mediaType, digest, size: packedSize }, diffId };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class ImportedImage implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #manifest: ManifestBytes;
  readonly #config: Uint8Array;
  readonly #layer: SpooledLayer;

  constructor(name: string, manifest: ManifestBytes, config: Uint8Array, layer: SpooledLayer) {
    this.name = name;
    this.#manifest = manifest;
    this.#config = config;
    this.#layer = layer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#layer.handle.close();
  }

  async manifest(digest?: Digest): Promise<ManifestBytes> {
    if (digest === undefined || digest === this.#manifest.digest) return this.#manifest;
    throw new TeuError("not-found", `read the manifest ${digest} of ${this.name}: it is another`);
  }

  async blob(
    { digest }: Descriptor,
    { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    if (digest === digestOf(this.#config)) return once(this.#config.subarray(offset));
    if (digest !== this.#layer.descriptor.digest) throw new TeuError("not-found", `read the blob ${digest} of ${this.name}: there is none`);
    const range = { handle: this.#layer.handle, offset: 0, size: this.#layer.descriptor.size };
    return streamRange(restOf(range, offset, this.name), this.name, { signal });
  }
}
