// Makes a layer of a tree's changes, which come as calls of a sink: from an overlay's upper directory, a directory to import, a builder.
// Whiteouts become `.wh.` files (image-spec 1.1 layer.md, "Whiteouts"); both digests are made on the way.
import type { ByteString } from "../../base/byte-string.ts";
import { type Digest, Digester } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import { joinName, splitName } from "./clean-name.ts";
import { type Compression, LAYER_MEDIA_TYPE, type TakeChunk, type Wait } from "./compression.ts";
import { OPAQUE, WHITEOUT } from "./layer-entries.ts";
import { type Packer, type PackOptions, packer } from "./packer.ts";
import { shown } from "./refuse.ts";
import { TarWriter } from "./tar/write.ts";

export interface PackedLayer {
  readonly mediaType: string;
  /** Of the packed bytes. */
  readonly digest: Digest;
  readonly packedSize: number;
  /** Of the tar. */
  readonly diffId: Digest;
  readonly size: number;
  /** Members, whiteouts among them. */
  readonly entries: number;
}

export interface DiffOptions extends PackOptions {
  /** gzip by default. */
  readonly compression?: Compression;
}

/** The time of a whiteout, which means nothing, is the same for all so that the same changes give the same layer. */
const MARK = { type: "file", mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size: 0 } as const;

export class LayerWriter implements TreeSink {
  readonly #compression: Compression;
  readonly #packer: Packer;
  readonly #tar: TarWriter;
  readonly #unpacked = new Digester();
  /** Undefined where it is the tar's. */
  readonly #packed: Digester | undefined;
  #entries = 0;

  private constructor(compression: Compression, pack: Packer, packed?: Digester) {
    this.#compression = compression;
    this.#packer = pack;
    this.#packed = packed;
    this.#tar = new TarWriter((chunk) => this.#tarBytes(chunk));
  }

  /** `take` is given the packed bytes, in order; a promise of it makes everybody wait. */
  static async open(take: TakeChunk, { compression = "gzip", ...options }: DiffOptions = {}): Promise<LayerWriter> {
    if (compression === "none") return new LayerWriter(compression, await packer(compression, take, options));
    const packed = new Digester();
    const hashed = (chunk: Uint8Array): Wait => {
      packed.update(chunk);
      return take(chunk);
    };
    return new LayerWriter(compression, await packer(compression, hashed, options), packed);
  }

  /** @throws TeuError `invalid` when its name is one that means a whiteout to whoever applies the layer. */
  entry(entry: TreeEntry): Wait {
    if (splitName(entry.path).base.startsWith(WHITEOUT)) {
      throw new TeuError(
        "invalid",
        `make a layer: ${shown(entry.path)} begins with ${WHITEOUT}, which layers keep for deleted files: rename it`,
      );
    }
    this.#entries++;
    return this.#tar.entry(entry);
  }

  data(chunk: Uint8Array): Wait {
    return this.#tar.data(chunk);
  }

  whiteout(path: ByteString): Wait {
    const { directory, base } = splitName(path);
    return this.#mark(directory, WHITEOUT + base);
  }

  opaque(path: ByteString): Wait {
    return this.#mark(path, OPAQUE);
  }

  /** Ends the layer, once all its bytes are taken. */
  async end(): Promise<PackedLayer> {
    await this.#tar.end();
    await this.#packer.end();
    const { size } = this.#unpacked;
    const diffId = this.#unpacked.digest();
    return {
      mediaType: LAYER_MEDIA_TYPE[this.#compression],
      packedSize: this.#packed?.size ?? size,
      digest: this.#packed?.digest() ?? diffId,
      size,
      diffId,
      entries: this.#entries,
    };
  }

  #mark(directory: ByteString, base: string): Wait {
    this.#entries++;
    // A mark in front of bytes is bytes.
    return this.#tar.entry({ ...MARK, path: joinName(directory, base as ByteString) });
  }

  #tarBytes(chunk: Uint8Array): Wait {
    this.#unpacked.update(chunk);
    return this.#packer.write(chunk);
  }
}
