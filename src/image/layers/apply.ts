// Applies a layer: packed bytes go in as they come, from a download or a file; the tree goes to a sink; the diffID is hashed on the way
// (image-spec 1.1 config.md, "Layer DiffID"). Memory stays flat: whoever is slowest, network, unpacking or file system, makes the others wait.
import { type Digest, Digester } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { TreeSink } from "../../spec/tree-entry.ts";
import { type Compression, detectCompression, type Unpacker, unpacker, type Wait } from "./compression.ts";
import { LayerEntries } from "./layer-entries.ts";
import { DEFAULT_LIMITS, type LayerLimits } from "./limits.ts";
import { refuse } from "./refuse.ts";
import type { TarHandler } from "./tar/member.ts";
import { TarReader } from "./tar/read.ts";

export interface ApplyOptions {
  /** What is not said has its default. */
  readonly limits?: Partial<LayerLimits>;
  /** Refuses a layer whose unpacked bytes are others. */
  readonly diffId?: Digest;
  /** It is a tar of files, and no layer: there are no whiteouts in it. */
  readonly plain?: boolean;
  readonly signal?: AbortSignal;
}

export interface AppliedLayer {
  readonly diffId: Digest;
  readonly compression: Compression;
  /** Bytes of the unpacked tar. */
  readonly size: number;
  /** Bytes that were fed. */
  readonly packedSize: number;
  readonly entries: number;
}

const ENDED = "apply the layer: it was ended before its last byte";

/** A layer that is fed: by a download while it runs. After an error, or `abort`, it takes nothing more; what the sink made is the caller's to remove. */
export class LayerApplier {
  readonly #limits: LayerLimits;
  readonly #wanted: Digest | undefined;
  readonly #digester: Digester;
  readonly #entries: LayerEntries;
  readonly #reader: TarReader;
  #packed = 0;
  /** Bytes that came before it was clear what they are. */
  #start = Buffer.alloc(0);
  #compression: Compression | undefined;
  #unpacker: Unpacker | undefined;
  #aborted = false;

  constructor(sink: TreeSink, options: Omit<ApplyOptions, "signal"> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#wanted = options.diffId;
    this.#digester = new Digester(options.diffId?.startsWith("sha512:") ? "sha512" : "sha256");
    this.#entries = new LayerEntries(sink, this.#limits, { plain: options.plain === true });
    // A chunk that is being read when all is aborted would go on to its end.
    const unlessAborted: TarHandler = {
      member: (member) => {
        this.#checkAborted();
        return this.#entries.member(member);
      },
      data: (chunk) => {
        this.#checkAborted();
        return this.#entries.data(chunk);
      },
    };
    this.#reader = new TarReader(unlessAborted, this.#limits);
  }

  /**
   * Takes the next packed bytes. A promise means: wait for it before the next call, and leave the chunk alone until `end`.
   * @throws InvalidInputError what is wrong with the layer, also as a rejection, here or at a later call.
   */
  write(chunk: Uint8Array): Wait {
    this.#checkAborted();
    this.#packed += chunk.length;
    return this.#unpacker === undefined ? this.#begin(chunk, false) : this.#unpacker.write(chunk);
  }

  /** Says that no bytes follow. @throws InvalidInputError also when the diffID is another. */
  async end(): Promise<AppliedLayer> {
    this.#checkAborted();
    if (this.#unpacker === undefined) await this.#begin(new Uint8Array(), true);
    await this.#unpacker?.end();
    this.#reader.end();
    await this.#entries.end();
    const { size } = this.#digester;
    const diffId = this.#digester.digest();
    if (this.#wanted !== undefined && diffId !== this.#wanted) refuse("diffID", `it is ${diffId}, not ${this.#wanted}`);
    return { diffId, compression: this.#compression ?? "none", size, packedSize: this.#packed, entries: this.#entries.count };
  }

  /** Stops the threads that unpack; nothing more reaches the sink. */
  abort(): void {
    this.#aborted = true;
    this.#unpacker?.abort();
  }

  async #begin(chunk: Uint8Array, atEnd: boolean): Promise<void> {
    this.#start = Buffer.concat([this.#start, chunk]);
    this.#compression = detectCompression(this.#start, atEnd);
    if (this.#compression === undefined) return;
    const made = await unpacker(this.#compression, (bytes) => this.#unpacked(bytes));
    this.#checkAborted();
    this.#unpacker = made;
    await made.write(this.#start);
  }

  #checkAborted(): void {
    if (this.#aborted) throw new TeuError("unavailable", ENDED);
  }

  #unpacked(bytes: Uint8Array): Wait {
    this.#digester.update(bytes);
    this.#checkSize(this.#digester.size);
    return this.#reader.feed(bytes);
  }

  #checkSize(size: number): void {
    const { unpackedBytes, ratio, ratioFrom } = this.#limits;
    if (size > unpackedBytes) refuse("size", `it unpacks to more than ${unpackedBytes} bytes`);
    if (size > ratioFrom && size > ratio * this.#packed)
      refuse("size", `${this.#packed} bytes unpack to ${size}, more than ${ratio} times as many`);
  }
}

/**
 * Applies a whole layer.
 * @throws InvalidInputError naming what is wrong; TeuError `unavailable` when the signal ends it.
 */
export async function applyLayer(source: AsyncIterable<Uint8Array>, sink: TreeSink, options: ApplyOptions = {}): Promise<AppliedLayer> {
  const applier = new LayerApplier(sink, options);
  try {
    for await (const chunk of source) {
      if (options.signal?.aborted) throw new TeuError("unavailable", ENDED);
      await applier.write(chunk);
    }
    return await applier.end();
  } catch (error) {
    applier.abort();
    throw error;
  }
}
