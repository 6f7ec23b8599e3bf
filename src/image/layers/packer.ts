// Packs layers so that the same bytes in give the same bytes out. gzip is made of blocks that are deflated beside each other, on all cores,
// and joined to one member (RFC 1952; every block but the last ends with an empty stored one, RFC 1951 section 3.2.4, so that the next
// begins at a byte); each knows the 32 KiB before it, so that nothing is lost but a few bytes a block.
import type { Compression, TakeChunk, Wait } from "./compression.ts";

export interface Packer {
  /** A promise means: wait before the next call, and leave the chunk alone until then. */
  write(chunk: Uint8Array): Wait;
  end(): Promise<void>;
}

export interface PackOptions {
  /** gzip: 1 to 9, 6 by default; zstd: 1 to 19, 3 by default. */
  readonly level?: number;
}

type Zlib = typeof import("node:zlib");

/** Bytes in a block. Fixed, since the blocks' edges show in the result. */
const BLOCK = 512 * 1024;
/** Blocks in work. More than cores, so that none waits for the order of the others. */
const IN_WORK = 6;
const DICTIONARY = 32 * 1024;

/** Magic, deflate, no flags, no time, no extra flags, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** A last, empty block with fixed codes. */
const LAST_BLOCK = Buffer.from([3, 0]);

export async function packer(compression: Compression, take: TakeChunk, { level }: PackOptions = {}): Promise<Packer> {
  if (compression === "none") return { write: take, end: async () => {} };
  const zlib = await import("node:zlib");
  return compression === "gzip" ? new GzipPacker(zlib, take, level ?? 6) : new ZstdPacker(zlib, take, level ?? 3);
}

class GzipPacker implements Packer {
  readonly #zlib: Zlib;
  readonly #take: TakeChunk;
  readonly #level: number;
  #block = Buffer.allocUnsafe(BLOCK);
  #filled = 0;
  #before: Buffer | undefined;
  /** The results in order, oldest first. */
  readonly #work: Promise<Buffer>[] = [];
  #crc = 0;
  #size = 0;
  #begun = false;

  constructor(zlib: Zlib, take: TakeChunk, level: number) {
    this.#zlib = zlib;
    this.#take = take;
    this.#level = level;
  }

  write(chunk: Uint8Array): Wait {
    this.#crc = this.#zlib.crc32(chunk, this.#crc);
    this.#size += chunk.length;
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, BLOCK - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#filled === BLOCK) this.#startBlock();
    }
    return this.#work.length > IN_WORK ? this.#drain(IN_WORK) : undefined;
  }

  async end(): Promise<void> {
    if (this.#filled > 0) this.#startBlock();
    await this.#drain(0);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    await this.#take(Buffer.concat([...(this.#begun ? [] : [HEADER]), LAST_BLOCK, trailer]));
  }

  #startBlock(): void {
    const block = this.#block.subarray(0, this.#filled);
    const { deflateRaw, constants } = this.#zlib;
    const options = {
      level: this.#level,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(this.#before === undefined ? {} : { dictionary: this.#before }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    // Whoever drains it hears of a failure; until then nobody listens.
    promise.catch(() => {});
    deflateRaw(block, options, (error, packed) => (error === null ? resolve(packed) : reject(error)));
    this.#work.push(promise);
    this.#before = block.subarray(-DICTIONARY);
    this.#block = Buffer.allocUnsafe(BLOCK);
    this.#filled = 0;
  }

  async #drain(leave: number): Promise<void> {
    while (this.#work.length > leave) {
      const packed = await this.#work.shift();
      if (packed === undefined) return;
      if (!this.#begun) await this.#take(HEADER);
      this.#begun = true;
      await this.#take(packed);
    }
  }
}

/** One frame, in one thread: zstd is fast enough, and the result does not depend on the number of cores. */
class ZstdPacker implements Packer {
  readonly #stream: import("node:zlib").ZstdCompress;
  readonly #done = Promise.withResolvers<void>();

  constructor({ createZstdCompress, constants }: Zlib, take: TakeChunk, level: number) {
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
    this.#stream = createZstdCompress({ chunkSize: BLOCK, params });
    this.#done.promise.catch(() => {});
    this.#stream.on("data", (chunk: Uint8Array) => this.#handOn(chunk, take));
    this.#stream.on("end", () => this.#done.resolve());
    this.#stream.on("error", (error) => this.#done.reject(error));
  }

  /** The stream does not copy, so each piece is waited for. */
  write(chunk: Uint8Array): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#stream.write(chunk, (error) => (error ? written.reject(error) : written.resolve()));
    return Promise.race([written.promise, this.#done.promise]);
  }

  end(): Promise<void> {
    this.#stream.end();
    return this.#done.promise;
  }

  #handOn(chunk: Uint8Array, take: TakeChunk): void {
    try {
      const wait = take(chunk);
      if (wait === undefined) return;
      this.#stream.pause();
      wait.then(
        () => this.#stream.resume(),
        (error: Error) => this.#stream.destroy(error),
      );
    } catch (error) {
      this.#stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
