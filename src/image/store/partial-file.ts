// A blob's file while it grows. What has been written goes to the disk while more comes, so that the sync that a blob must wait for
// at its end finds little left to do.
import { closeSync, constants, fdatasync, fstatSync, fsync, ftruncateSync, openSync, writeSync } from "node:fs";

/** Bytes after which what came is sent on to the disk. */
const SYNC_EACH = 16 * 1024 * 1024;

export class PartialFile {
  readonly #fd: number;
  #unsynced = 0;
  #syncing: Promise<void> | undefined;
  #failure: Error | undefined;

  /** Opens it, or makes it. A name of ours in a directory of ours; a link there would be an attack, so it is not followed. */
  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  empty(): void {
    ftruncateSync(this.#fd, 0);
  }

  write(chunk: Uint8Array, position: number): void {
    for (let at = 0; at < chunk.length; ) at += writeSync(this.#fd, chunk, at, chunk.length - at, position + at);
    this.#unsynced += chunk.length;
    if (this.#unsynced < SYNC_EACH || this.#syncing !== undefined) return;
    this.#unsynced = 0;
    this.#syncing = new Promise((resolve) => {
      fdatasync(this.#fd, (error) => {
        this.#failure ??= error ?? undefined;
        this.#syncing = undefined;
        resolve();
      });
    });
  }

  /** Brings all of it to the disk; away from this thread, which has other blobs to hash. @throws what any sync before has said, too */
  async sync(): Promise<void> {
    await this.#syncing;
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve, reject) => fsync(this.#fd, (error) => (error === null ? resolve() : reject(error))));
  }

  async close(): Promise<void> {
    await this.#syncing;
    closeSync(this.#fd);
  }
}
