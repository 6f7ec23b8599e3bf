// The files below a directory that somebody else may have written. Every name is walked part by part from the directory's descriptor,
// without following symbolic links, and only regular files are opened: a layout whose blobs are links to /etc, FIFOs or devices gives nothing.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { type FileRange, type FileSet, readRange, restOf, streamRange } from "./file-set.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What openat(2) says of a symbolic link, where O_NOFOLLOW or O_DIRECTORY forbid it. */
const LINK_ERRORS: readonly unknown[] = ["ELOOP", "ENOTDIR"];

export function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

export function failed(doing: string, error: unknown): TeuError {
  const code = errorCode(error);
  if (error instanceof TeuError) return error;
  const kind = code === "ENOENT" ? "not-found" : code === "EACCES" || code === "EPERM" ? "denied" : "unavailable";
  return new TeuError(kind, `${doing}: ${reasonOf(error)}`, { cause: error });
}

export class DirectoryFiles implements FileSet {
  readonly name: string;
  readonly #root: FileHandle;

  private constructor(name: string, root: FileHandle) {
    this.name = name;
    this.#root = root;
  }

  /** @throws TeuError `not-found` when there is no such directory. */
  static async open(path: string): Promise<DirectoryFiles> {
    try {
      return new DirectoryFiles(path, await open(path, O_RDONLY | O_DIRECTORY));
    } catch (error) {
      throw failed(`open the directory ${path}`, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
  }

  async size(name: string): Promise<number | undefined> {
    const range = await this.#open(name);
    await range?.handle.close();
    return range?.size;
  }

  async read(name: string, limit: number): Promise<Uint8Array | undefined> {
    const range = await this.#open(name);
    if (range === undefined) return undefined;
    try {
      if (range.size > limit) throw new TeuError("invalid", `read ${name} of ${this.name}: it has ${range.size} bytes, more than ${limit}`);
      return await readRange(range, `${name} of ${this.name}`);
    } finally {
      await range.handle.close();
    }
  }

  async stream(name: string, offset: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    if ((await this.size(name)) === undefined) throw new TeuError("not-found", `read ${name} of ${this.name}: there is no such file`);
    return this.#streamLater(name, offset, signal);
  }

  /** Opened at the first read, so that a stream that nobody reads holds no descriptor. */
  async *#streamLater(name: string, offset: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const subject = `${name} of ${this.name}`;
    const range = await this.#open(name);
    if (range === undefined) throw new TeuError("not-found", `read ${subject}: there is no such file`);
    let rest: FileRange;
    try {
      rest = restOf(range, offset, subject);
    } catch (error) {
      await range.handle.close();
      throw error;
    }
    yield* streamRange(rest, subject, { signal, close: true });
  }

  async #open(name: string): Promise<FileRange | undefined> {
    const parts = name.split("/");
    const last = parts.pop() ?? "";
    const passed: FileHandle[] = [];
    try {
      let at = this.#root;
      // /proc/self/fd/N/part is openat(2) with a descriptor, which neither Bun nor Node offers.
      for (const part of parts) {
        at = await open(`/proc/self/fd/${at.fd}/${part}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        passed.push(at);
      }
      const handle = await open(`/proc/self/fd/${at.fd}/${last}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const found = await handle.stat();
      if (found.isFile()) return { handle, offset: 0, size: found.size };
      await handle.close();
      throw new TeuError("invalid", `read ${name} of ${this.name}: it is not a regular file`);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      if (LINK_ERRORS.includes(errorCode(error))) {
        throw new TeuError("invalid", `read ${name} of ${this.name}: symbolic links are not followed`, { cause: error });
      }
      throw failed(`read ${name} of ${this.name}`, error);
    } finally {
      for (const handle of passed) await handle.close();
    }
  }
}
