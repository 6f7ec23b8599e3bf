// Blobs that are there: found, protected, read. What is in the table was whole and verified when it was stored.
import { readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Writer } from "../../base/database.ts";
import { algorithmOf, type Digest, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import { type StoreContext, usedBefore } from "./context.ts";
import { addToLease, type Lease } from "./leases.ts";
import type { StorePaths } from "./paths.ts";

/** Bytes that are read at once. */
export const CHUNK = 1024 * 1024;

export interface BlobRow {
  readonly digest: Digest;
  readonly size: number;
  readonly created: number;
  readonly used: number;
}

/** The bytes of a file from `offset` on; each chunk is the reader's to keep. The file is open while it is read, and closed when that ends. */
export async function* readFrom(path: string, offset = 0): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, "r");
  try {
    for (let at = offset; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Bytes of the file of a blob; undefined when it is gone. */
export function sizeOnDisk(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : undefined;
}

/** A small file whole; undefined when it is not there. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The bytes of a blob that may be a manifest or a configuration; undefined when it is not there, too large for one, or damaged. */
export function readIfSound(paths: StorePaths, digest: Digest): Uint8Array | undefined {
  const path = paths.blob(digest);
  if ((sizeOnDisk(path) ?? Number.POSITIVE_INFINITY) > LARGEST_MANIFEST) return undefined;
  const bytes = readIfThere(path);
  return bytes !== undefined && digestOf(bytes, algorithmOf(digest)) === digest ? bytes : undefined;
}

/** Within a transaction: the row, if its file is there too and of its size; a row whose file is gone is dropped. */
export function findBlob(context: StoreContext, db: Writer, digest: Digest): BlobRow | undefined {
  const row = db.query<BlobRow, [string]>("SELECT * FROM blobs WHERE digest = ?").get(digest);
  if (row === null) return undefined;
  if (sizeOnDisk(context.paths.blob(digest)) === row.size) return row;
  db.run("DELETE FROM blobs WHERE digest = ?", [digest]);
  return undefined;
}

export class Blobs {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Whether a blob is there; with a lease it is protected by it in the same moment. */
  has(digest: Digest, lease?: Lease): boolean {
    const { database, now } = this.#context;
    return database.write((db) => {
      const row = findBlob(this.#context, db, digest);
      if (row === undefined) return false;
      if (lease !== undefined) addToLease(db, lease.id, "blob", digest);
      touchBlob(db, row, now());
      return true;
    });
  }

  /** Bytes; undefined when it is not there. */
  size(digest: Digest): number | undefined {
    return this.#context.database.rows.query<BlobRow, [string]>("SELECT * FROM blobs WHERE digest = ?").get(digest)?.size;
  }

  /** The path of its file, there or not. */
  path(digest: Digest): string {
    return this.#context.paths.blob(digest);
  }

  /**
   * Its bytes from `offset` on, not verified again. Whoever reads them holds a lease.
   * @throws TeuError `not-found`.
   */
  async open(digest: Digest, offset = 0): Promise<AsyncIterable<Uint8Array>> {
    const path = this.path(digest);
    if (sizeOnDisk(path) === undefined) throw missing(digest);
    return readFrom(path, offset);
  }

  /**
   * A small blob whole, verified: a manifest, a configuration.
   * @throws TeuError `not-found`; `invalid` when it is larger than `limit` bytes; `internal` when the file is damaged.
   */
  async readSmall(digest: Digest, limit: number): Promise<Uint8Array> {
    const path = this.path(digest);
    const size = sizeOnDisk(path);
    if (size === undefined) throw missing(digest);
    if (size > limit)
      throw new TeuError("invalid", `read blob ${digest}: it has ${size} bytes, more than the ${limit} that are read of its kind`);
    const bytes = readIfThere(path);
    if (bytes === undefined) throw missing(digest); // whoever looks at all images holds no lease: it went meanwhile
    if (digestOf(bytes, algorithmOf(digest)) === digest) return bytes;
    throw new TeuError("internal", `read blob ${digest}: its file is damaged; mend the store with: teu system check --repair`);
  }
}

function touchBlob(db: Writer, row: BlobRow, now: number): void {
  if (row.used < usedBefore(now)) db.run("UPDATE blobs SET used = ? WHERE digest = ?", [now, row.digest]);
}

function missing(digest: Digest): TeuError {
  return new TeuError("not-found", `read blob ${digest}: it is not in the store; pull the image again`);
}
