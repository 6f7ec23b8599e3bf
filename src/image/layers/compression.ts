// How layers are packed: told by their first bytes, never by what a registry says, and unpacked by node's streams, which work in threads
// of their own. image-spec 1.1 layer.md, "+gzip Media Types", "+zstd Media Types"; RFC 1952, RFC 8878.
import type { Transform } from "node:stream";
import { TeuError } from "../../base/errors.ts";
import { refuse } from "./refuse.ts";
import { ZstdFrames } from "./zstd-frames.ts";

export type Compression = "none" | "gzip" | "zstd";

/** Bytes that must be seen to tell. */
const LONGEST_MAGIC = 6;

const MAGIC: readonly { readonly bytes: readonly number[]; readonly is: Compression | "xz" | "bzip2" | "lz4" }[] = [
  { bytes: [0x1f, 0x8b], is: "gzip" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], is: "zstd" },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], is: "xz" },
  { bytes: [0x42, 0x5a, 0x68], is: "bzip2" },
  { bytes: [0x04, 0x22, 0x4d, 0x18], is: "lz4" },
];

/**
 * Tells the compression from the first bytes; undefined: more of them are needed.
 * @throws InvalidInputError when it is one that layers may not have.
 */
export function detectCompression(start: Uint8Array, atEnd = false): Compression | undefined {
  if (start.length < LONGEST_MAGIC && !atEnd) return undefined;
  const found =
    MAGIC.find(({ bytes }) => bytes.length <= start.length && bytes.every((byte, index) => start[index] === byte))?.is ?? magicFrame(start);
  if (found === "xz" || found === "bzip2" || found === "lz4") return refuse("compression", `${found} is none of gzip, zstd and none`);
  return found;
}

/** zstd data may begin with frames to skip, which stargz-like tools put there (RFC 8878, "Skippable Frames"). */
function magicFrame([low = 0, ...rest]: Uint8Array): Compression {
  return low >= 0x50 && low <= 0x5f && rest[0] === 0x2a && rest[1] === 0x4d && rest[2] === 0x18 ? "zstd" : "none";
}

/** The media type of the OCI for a layer packed so. */
export const LAYER_MEDIA_TYPE: Readonly<Record<Compression, string>> = {
  none: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** Bytes that come out at a time: large enough that threads, not turns of the loop, do the work. */
const CHUNK = 1024 * 1024;

export type Wait = Promise<void> | undefined;
export type TakeChunk = (chunk: Uint8Array) => Wait;

/** Where packed bytes go in and what is done with the unpacked ones. */
export interface Unpacker {
  /** A promise means: wait before the next call. */
  write(chunk: Uint8Array): Wait;
  /** @throws InvalidInputError when the data are cut short, damaged or followed by something else. */
  end(): Promise<void>;
  abort(): void;
}

export async function unpacker(compression: Compression, take: TakeChunk): Promise<Unpacker> {
  if (compression === "none") return { write: take, end: async () => {}, abort: () => {} };
  const zlib = await import("node:zlib");
  const stream = compression === "gzip" ? zlib.createGunzip({ chunkSize: CHUNK }) : zlib.createZstdDecompress({ chunkSize: CHUNK });
  return new StreamUnpacker(stream, compression, take);
}

class StreamUnpacker implements Unpacker {
  readonly #stream: Transform & { readonly bytesWritten: number };
  readonly #compression: Compression;
  /** Settled once: all came out, or something failed. */
  readonly #done = Promise.withResolvers<void>();
  #drained: PromiseWithResolvers<void> | undefined;
  readonly #frames = new ZstdFrames();
  /** The taker's last wait. */
  #taking: Wait;
  #failed = false;
  #fed = 0;

  constructor(stream: Transform & { readonly bytesWritten: number }, compression: Compression, take: TakeChunk) {
    this.#stream = stream;
    this.#compression = compression;
    this.#done.promise.catch(() => {});
    stream.on("data", (chunk: Uint8Array) => this.#handOn(chunk, take));
    stream.on("drain", () => this.#drained?.resolve());
    stream.on("end", () => this.#done.resolve());
    stream.on("error", (error: Error) => this.#fail(this.#asRefusal(error)));
  }

  write(chunk: Uint8Array): Wait {
    if (this.#failed) return this.#done.promise;
    this.#fed += chunk.length;
    if (this.#compression === "zstd") this.#frames.feed(chunk);
    if (this.#stream.write(chunk)) return undefined;
    this.#drained = Promise.withResolvers();
    return this.#drained.promise.then(() => (this.#failed ? this.#done.promise : undefined));
  }

  async end(): Promise<void> {
    this.#stream.end();
    await this.#done.promise;
    await this.#taking;
    if (!this.#frames.isWhole) this.#refuse("unexpected end of data");
    // The streams leave alone what follows the last member or frame.
    if (this.#stream.bytesWritten < this.#fed) this.#refuse("something else follows the data");
  }

  abort(): void {
    this.#fail(new TeuError("unavailable", "unpack the layer: it was ended before its last byte"));
  }

  #handOn(chunk: Uint8Array, take: TakeChunk): void {
    if (this.#failed) return;
    try {
      const wait = take(chunk);
      this.#taking = wait;
      if (wait === undefined) return;
      this.#stream.pause();
      wait.then(
        () => this.#stream.resume(),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#done.reject(error);
    this.#drained?.resolve();
    this.#stream.destroy();
  }

  #asRefusal(error: Error): unknown {
    try {
      return this.#refuse(error.message.toLowerCase());
    } catch (refusal) {
      return refusal;
    }
  }

  #refuse(message: string): never {
    return refuse(`${this.#compression} data after ${this.#fed} bytes`, message);
  }
}
