// Files that appear whole or not at all in a directory that is not ours alone: written aside under the writer's pid, synced, renamed. What
// a killed writer left is removed by the next one.
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import type { PutBlobOptions } from "../ports/transport.ts";
import { errorCode, failed } from "./directory-files.ts";
import { writeFully } from "./spool.ts";

/** Where half-written files lie, as `<pid>-<n>`. */
export const ASIDE = ".teu-partial";

/** Whether a process of that pid is there; a pid that was used again only delays a removal. */
function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** Removes those files of a directory that begin with `prefix` and the pid of a process that is no more. */
export async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(`${directory}/${name}`, { force: true });
  }
}

/** The bytes of a small file as a stream. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export class FilesAside implements AsyncDisposable {
  readonly #root: string;
  #count = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Makes the directory where it is missing. @throws TeuError. */
  static async open(root: string): Promise<FilesAside> {
    try {
      await mkdir(`${root}/${ASIDE}`, { recursive: true });
      await removeAbandoned(`${root}/${ASIDE}`, "");
    } catch (error) {
      throw failed(`make the directory ${root}`, error);
    }
    return new FilesAside(root);
  }

  /** Takes the place for half-written files away, unless another writer uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rmdir(`${this.#root}/${ASIDE}`).catch((error: unknown) => {
      if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "ENOENT") throw failed(`tidy ${this.#root}`, error);
    });
  }

  /** Writes a file whose bytes may turn out wrong at the end: then nothing is there. */
  async write(name: string, content: AsyncIterable<Uint8Array>, { signal, onProgress }: PutBlobOptions = {}): Promise<void> {
    const aside = `${this.#root}/${ASIDE}/${process.pid}-${this.#count++}`;
    try {
      // Another writer's end may just have taken the directory away.
      await mkdir(`${this.#root}/${ASIDE}`, { recursive: true });
      const handle = await open(aside, "wx", 0o644);
      try {
        let position = 0;
        for await (const chunk of content) {
          signal?.throwIfAborted();
          await writeFully(handle, chunk, position);
          position += chunk.length;
          onProgress?.(position);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(aside, `${this.#root}/${name}`);
    } catch (error) {
      await rm(aside, { force: true });
      signal?.throwIfAborted();
      throw failed(`write ${this.#root}/${name}`, error);
    }
  }
}
