// Whole lines of a log's file, from a place in it on. A line that has no end yet is kept until it has.
import type { FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;
const LEAST_GROWTH = 2;

/** Reads a file that grows. */
export class LineReader {
  readonly handle: FileHandle;
  #position: number;
  #held: Buffer = Buffer.alloc(0);
  #chunk = Buffer.allocUnsafe(CHUNK);

  constructor(handle: FileHandle, position: number) {
    this.handle = handle;
    this.#position = position;
  }

  /** The next whole lines, to be used before the next call; undefined when there are none for now. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const held = this.#held.length;
      // A line that is longer than a chunk.
      if (held * LEAST_GROWTH > this.#chunk.length) this.#chunk = Buffer.allocUnsafe(held * LEAST_GROWTH * LEAST_GROWTH);
      this.#chunk.set(this.#held);
      const { bytesRead } = await this.handle.read(this.#chunk, held, this.#chunk.length - held, this.#position);
      if (bytesRead === 0) return undefined;
      this.#position += bytesRead;
      const filled = this.#chunk.subarray(0, held + bytesRead);
      const end = filled.lastIndexOf(NEWLINE) + 1;
      this.#held = Buffer.from(filled.subarray(end));
      if (end > 0) return filled.subarray(0, end);
    }
  }

  /** Goes back to the beginning of a file that was emptied, and is written anew: `--log-opt max-file=1`. */
  async startsAnew(): Promise<boolean> {
    if ((await this.handle.stat()).size >= this.#position) return false;
    this.#position = 0;
    this.#held = Buffer.alloc(0);
    return true;
  }
}

/** Whole lines of a packed file; what is torn in it ends it. */
export async function* packedLines(handle: FileHandle): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  const unpacked = handle.createReadStream({ autoClose: false, start: 0 }).pipe(createGunzip());
  for await (const part of unpacked) {
    if (!(part instanceof Uint8Array)) continue;
    const whole = Buffer.concat([held, part]);
    const end = whole.lastIndexOf(NEWLINE) + 1;
    held = whole.subarray(end);
    if (end > 0) yield whole.subarray(0, end);
  }
}

const BLOCK = 64 * 1024;

export interface TailPlace {
  /** Where in a plain file the wanted lines begin. */
  readonly position: number;
  /** How many of the wanted lines it does not have. */
  readonly missing: number;
}

/** Finds the last lines of a plain file, reading from its end. */
export async function findTail(handle: FileHandle, wanted: number): Promise<TailPlace> {
  const block = Buffer.allocUnsafe(BLOCK);
  let missing = wanted;
  const { size } = await handle.stat();
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    for (let at = block.subarray(0, bytesRead).lastIndexOf(NEWLINE); at >= 0; at = block.subarray(0, at).lastIndexOf(NEWLINE)) {
      // The end of the line before the wanted ones.
      if (missing === 0) return { position: start + at + 1, missing };
      missing--;
    }
    end = start;
  }
  return { position: 0, missing };
}

export function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Without so many of its lines. */
export function skipLines(lines: Buffer, count: number): Buffer {
  let at = 0;
  for (let left = count; left > 0 && at < lines.length; left--) at = lines.indexOf(NEWLINE, at) + 1 || lines.length;
  return lines.subarray(at);
}
