// A source whose layers are packed in another way: `copy --dest-compress-format`. A layer's digest is of its packed bytes, so each is packed
// anew, once, into a file without a name before its manifest is known; the configuration, with the digests of the plain tars, stays.
import type { FileHandle } from "node:fs/promises";
import { type Digest, Digester } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { type Compression, layerType, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { restOf, streamRange } from "../archives/file-set.ts";
import { unnamedFile, writeFully } from "../archives/spool.ts";
import { unpackedStream } from "../archives/tar-files.ts";
import { type PackOptions, packer } from "../layers/packer.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { convertIndex, manifestBytes } from "./convert.ts";

export interface RepackOptions extends PackOptions {
  readonly compression: Compression;
  /** Of an index only this platform's image is repacked, and the source means that alone; absent, all are. */
  readonly platform?: Platform;
  /** Where files without a name may be made. */
  readonly temporary: string;
}

interface PackedLayer {
  readonly handle: FileHandle;
  readonly descriptor: Descriptor;
}

/** Indexes in indexes; more is meant to do harm. */
const DEEPEST = 4;

export class RepackedSource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #source: ImageSource;
  readonly #options: RepackOptions;
  /** By the digest that the source has. */
  readonly #layers = new Map<Digest, Promise<PackedLayer>>();
  readonly #files = new Map<Digest, PackedLayer>();
  /** By the digest that is given out. */
  readonly #manifests = new Map<Digest, ManifestBytes>();
  #top: Promise<ManifestBytes> | undefined;

  /** The source stays its maker's to close. */
  constructor(source: ImageSource, options: RepackOptions) {
    this.name = source.name;
    this.#source = source;
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const layer of await Promise.allSettled(this.#layers.values())) if (layer.status === "fulfilled") await layer.value.handle.close();
  }

  /** Children of an index have been repacked with it; what else is asked for by digest is the source's own. */
  async manifest(digest?: Digest, options: TransferOptions = {}): Promise<ManifestBytes> {
    if (digest !== undefined) return this.#manifests.get(digest) ?? this.#source.manifest(digest, options);
    this.#top ??= this.#repacked(await this.#chosen(options), 0, options);
    return this.#top;
  }

  async blob(descriptor: Descriptor, options: TransferOptions & { readonly offset?: number } = {}): Promise<AsyncIterable<Uint8Array>> {
    const layer = this.#files.get(descriptor.digest);
    if (layer === undefined) return this.#source.blob(descriptor, options);
    const range = { handle: layer.handle, offset: 0, size: layer.descriptor.size };
    return streamRange(restOf(range, options.offset ?? 0, this.name), this.name, { signal: options.signal });
  }

  /** What is to be repacked: the image of the platform, by digest, or all of it. */
  async #chosen(options: TransferOptions): Promise<Digest | undefined> {
    const { platform } = this.#options;
    let digest: Digest | undefined;
    for (let depth = 0; platform !== undefined && depth <= DEEPEST; depth++) {
      const from = await this.#source.manifest(digest, options);
      const { index } = parseManifest(from.bytes, from.mediaType);
      if (index === undefined) return digest;
      digest = matchPlatform(index, platform).digest;
    }
    return digest;
  }

  async #repacked(digest: Digest | undefined, depth: number, options: TransferOptions): Promise<ManifestBytes> {
    if (depth > DEEPEST) throw new TeuError("invalid", `${this.name}: its indexes are nested more than ${DEEPEST} deep`);
    const from = await this.#source.manifest(digest, options);
    const { manifest, index } = parseManifest(from.bytes, from.mediaType);
    let made: ManifestBytes;
    if (index === undefined) made = await this.#image(from, manifest, options);
    else {
      const children: ManifestBytes[] = [];
      for (const child of index.manifests) children.push(await this.#repacked(child.digest, depth + 1, options));
      made = children.every((child, at) => child.digest === index.manifests[at]?.digest) ? from : convertIndex(index, children, undefined);
    }
    this.#manifests.set(made.digest, made);
    return made;
  }

  async #image(from: ManifestBytes, manifest: ImageManifest, options: TransferOptions): Promise<ManifestBytes> {
    const layers: Descriptor[] = [];
    for (const layer of manifest.layers) layers.push(await this.#layer(layer, options));
    return layers.every(({ digest }, at) => digest === manifest.layers[at]?.digest) ? from : manifestBytes({ ...manifest, layers });
  }

  /** A layer as it will be; what is no layer, is packed so already, or lies elsewhere stays. */
  async #layer(from: Descriptor, options: TransferOptions): Promise<Descriptor> {
    const { kind, family, compression, nondistributable } = mediaTypeFacts(from.mediaType);
    if (kind !== "layer" || family === undefined || nondistributable || compression === this.#options.compression) return from;
    const begun = this.#layers.get(from.digest) ?? this.#pack(from, options);
    this.#layers.set(from.digest, begun);
    const layer = await begun;
    this.#files.set(layer.descriptor.digest, layer);
    return { ...from, ...layer.descriptor, mediaType: layerType(family, this.#options.compression) };
  }

  async #pack(from: Descriptor, options: TransferOptions): Promise<PackedLayer> {
    const { compression, temporary } = this.#options;
    const handle = await unnamedFile(temporary);
    try {
      const [packed, seen] = [new Digester(), new Digester(from.digest.startsWith("sha512:") ? "sha512" : "sha256")];
      const pack = await packer(
        compression,
        async (chunk) => {
          const at = packed.size;
          packed.update(chunk);
          await writeFully(handle, chunk, at);
        },
        this.#options,
      );
      for await (const chunk of await unpackedStream(watched(await this.#source.blob(from, options), seen))) {
        options.signal?.throwIfAborted();
        await pack.write(chunk);
      }
      await pack.end();
      if (seen.digest() !== from.digest)
        throw new TeuError("invalid", `read the layer ${from.digest} of ${this.name}: its bytes have another digest`);
      return { handle, descriptor: { mediaType: from.mediaType, digest: packed.digest(), size: packed.size } };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

async function* watched(source: AsyncIterable<Uint8Array>, digester: Digester): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    digester.update(chunk);
    yield chunk;
  }
}
