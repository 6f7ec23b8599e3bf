// Bytes that are made before they can be named, as a layer is before its digest is known: in memory while they are few, as those of most
// layers that people make are, else in a file without a name. Writing a file and reading it again costs as much as all else that is done with them.
import type { FileHandle } from "node:fs/promises";
import { streamRange } from "./file-set.ts";
import { unnamedFile, writeFully } from "./spool.ts";

/** Bytes that are held in memory. */
const MOST_IN_MEMORY = 32 * 1024 * 1024;

export class BytesAside implements AsyncDisposable {
  readonly #directory: string;
  readonly #subject: string;
  #chunks: Uint8Array[] = [];
  #file: FileHandle | undefined;
  size = 0;

  /** @param directory where the file is made; @param subject what errors say was to be read */
  constructor(directory: string, subject: string) {
    this.#directory = directory;
    this.#subject = subject;
  }

  /** Takes the next bytes, for good. A promise means: wait before the next call. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const at = this.size;
    this.size += chunk.length;
    if (this.#file !== undefined) return writeFully(this.#file, chunk, at);
    this.#chunks.push(chunk);
    return this.size > MOST_IN_MEMORY ? this.#toFile() : undefined;
  }

  /** The bytes from `offset` on, once all are written. */
  async *read(offset: number): AsyncGenerator<Uint8Array> {
    if (this.#file !== undefined) return yield* streamRange({ handle: this.#file, offset, size: this.size - offset }, this.#subject);
    let at = 0;
    for (const chunk of this.#chunks) {
      if (at + chunk.length > offset) yield chunk.subarray(Math.max(0, offset - at));
      at += chunk.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }

  async #toFile(): Promise<void> {
    this.#file = await unnamedFile(this.#directory);
    let at = 0;
    for (const chunk of this.#chunks) {
      await writeFully(this.#file, chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
  }
}
