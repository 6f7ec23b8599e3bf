// The files inside a tar, read where they lie: an archive that is a plain file is never unpacked, one that is compressed or comes as a
// stream is kept in an unnamed file first.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { posix } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { failed } from "./directory-files.ts";
import { type FileSet, readRange, restOf, streamRange } from "./file-set.ts";
import { compressionOf, LONGEST_MAGIC, spool, unpacked } from "./spool.ts";
import { indexTar, plainName, type TarFile, type TarIndex } from "./tar-index.ts";

/** Links that are followed from one name, all inside the archive. */
const MOST_HOPS = 8;

export interface TarOptions {
  /** Where unnamed files may be made; see `spool`. */
  readonly temporary: string;
  readonly signal?: AbortSignal | undefined;
}

export class TarFiles implements FileSet {
  readonly name: string;
  readonly #handle: FileHandle;
  readonly #index: TarIndex;

  private constructor(name: string, handle: FileHandle, index: TarIndex) {
    this.name = name;
    this.#handle = handle;
    this.#index = index;
  }

  /** Opens a tar, gzip'd or zstd'd or neither. @throws TeuError. */
  static async open(path: string, options: TarOptions): Promise<TarFiles> {
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDONLY);
    } catch (error) {
      throw failed(`open the archive ${path}`, error);
    }
    try {
      const { isFile, size } = await handle.stat().then((found) => ({ isFile: found.isFile(), size: found.size }));
      // A FIFO, or bash's <(…), is a stream with a path.
      if (!isFile) return await TarFiles.fromStream(path, handle.readableWebStream(), options).finally(() => handle.close());
      const head = await readRange({ handle, offset: 0, size: Math.min(LONGEST_MAGIC, size) }, path);
      if (compressionOf(head) === "none") return await TarFiles.#fromFile(path, handle);
      return await TarFiles.fromStream(path, streamRange({ handle, offset: 0, size }, path, { close: true }), options);
    } catch (error) {
      await handle.close().catch(() => undefined); // closed already, where its stream has ended
      throw failed(`read the archive ${path}`, error);
    }
  }

  /** Keeps a stream (stdin, a daemon's answer) and reads it. */
  static async fromStream(name: string, source: AsyncIterable<Uint8Array>, { temporary, signal }: TarOptions): Promise<TarFiles> {
    return TarFiles.#fromFile(name, await spool(await unpackedStream(source), temporary, signal));
  }

  static async #fromFile(name: string, handle: FileHandle): Promise<TarFiles> {
    try {
      return new TarFiles(name, handle, await indexTar(handle, name));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async size(name: string): Promise<number | undefined> {
    return this.#find(name)?.size;
  }

  async read(name: string, limit: number): Promise<Uint8Array | undefined> {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const subject = `${name} of ${this.name}`;
    if (found.size > limit) throw new TeuError("invalid", `read ${subject}: it has ${found.size} bytes, more than ${limit}`);
    return readRange({ handle: this.#handle, ...found }, subject);
  }

  async stream(name: string, offset: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const found = this.#find(name);
    const subject = `${name} of ${this.name}`;
    if (found === undefined) throw new TeuError("not-found", `read ${subject}: there is no such file`);
    return streamRange(restOf({ handle: this.#handle, ...found }, offset, subject), subject, { signal });
  }

  /** A file by its name. docker's older archives name a layer that comes twice by a link to the first: followed, inside the archive. */
  #find(name: string): TarFile | undefined {
    let at = name;
    for (let hops = 0; hops <= MOST_HOPS; hops++) {
      const found = this.#index.get(at);
      if (found === undefined || found.type === "file") return found;
      const target = found.type === "hardlink" ? found.target : posix.join(posix.dirname(at), found.target);
      const next = plainName(target);
      if (next === undefined || found.target.startsWith("/")) {
        throw new TeuError(
          "invalid",
          `read ${name} of ${this.name}: it is a link to ${JSON.stringify(found.target)}, outside of the archive`,
        );
      }
      at = next;
    }
    throw new TeuError("invalid", `read ${name} of ${this.name}: it is a link to a link, more than ${MOST_HOPS} times`);
  }
}

/** Looks at a stream's first bytes, and unpacks it as they say. */
export async function unpackedStream(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < LONGEST_MAGIC) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head.push(value);
    length += value.length;
  }
  const again = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return unpacked(again(), compressionOf(Buffer.concat(head.map((chunk) => chunk.subarray(0, LONGEST_MAGIC)))));
}
