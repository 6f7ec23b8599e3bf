// Taking a blob in: claimed, so that each is fetched once on the machine; written to a partial file that outlives the command and the
// boot; hashed and counted as it streams; fsynced, renamed, and only then a row. Nothing half-written ever has its final name.
import { existsSync, renameSync, rmSync } from "node:fs";
import { syncDirectory } from "../../base/atomic-file.ts";
import { algorithmOf, type Digest, Digester } from "../../base/digest.ts";
import { diskError, isDiskRefusal } from "../../base/disk-error.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { findBlob, readFrom, sizeOnDisk } from "./blobs.ts";
import { release, releaseIfPossible, tryClaim, waitForClaim } from "./claims.ts";
import type { StoreContext } from "./context.ts";
import { addToLease, type Lease } from "./leases.ts";
import { PartialFile } from "./partial-file.ts";

/** Is told all bytes of a blob from the first on, in order, also those that came with an earlier command: a layer is unpacked as it comes. */
export interface Tap {
  /** A promise means: wait. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** All bytes came and are the blob's. */
  end(): Promise<void>;
  /** No more comes, and what came is not to be used. */
  abort(error: unknown): void | Promise<void>;
}

export interface IngestOptions {
  /** Protects the blob until it is named. */
  readonly lease: Lease;
  readonly tap?: Tap | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes that are there so far, whoever fetches them. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export type OpenAt = (offset: number) => Promise<AsyncIterable<Uint8Array>>;

/**
 * Makes a blob be in the store, leased. `open` is asked for the bytes that are missing, and not at all when none are.
 * @throws InvalidInputError when the bytes are not the descriptor's; TeuError `unavailable` when they end too soon (what came is kept).
 */
export async function ingest(context: StoreContext, descriptor: Descriptor, open: OpenAt, options: IngestOptions): Promise<void> {
  const { digest, size } = descriptor;
  const { paths } = context;
  try {
    const found = await waitForClaim(() => claimUnlessThere(context, digest, options.lease), {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      waiting: () => options.onProgress?.(Math.min(size, sizeOnDisk(paths.partial(digest)) ?? 0)),
    });
    if (found === "there") {
      options.onProgress?.(size);
      for await (const chunk of options.tap === undefined ? [] : readFrom(paths.blob(digest))) await options.tap?.write(chunk);
      await options.tap?.end();
      return;
    }
    try {
      await fill(context, descriptor, open, options);
    } catch (error) {
      releaseIfPossible(context, "blob", digest);
      throw diskError(`store blob ${digest}`, error);
    }
    await options.tap?.end();
  } catch (error) {
    await options.tap?.abort(error);
    throw error;
  }
}

function claimUnlessThere(context: StoreContext, digest: Digest, lease: Lease): "there" | "claimed" | "busy" {
  return context.database.write((db) => {
    if (findBlob(context, db, digest) !== undefined) {
      addToLease(db, lease.id, "blob", digest);
      return "there";
    }
    if (!tryClaim(context, db, "blob", digest)) return "busy";
    addToLease(db, lease.id, "blob", digest);
    return "claimed";
  });
}

/** With the claim: brings the partial file to its end and the blob to its name. */
async function fill(context: StoreContext, descriptor: Descriptor, open: OpenAt, options: IngestOptions): Promise<void> {
  const partial = context.paths.partial(descriptor.digest);
  // A power cut can take the row and leave the file: it is judged like any other part that came earlier.
  const stray = context.paths.blob(descriptor.digest);
  if (!existsSync(partial) && existsSync(stray)) renameSync(stray, partial);
  const file = new PartialFile(partial);
  try {
    await receive(file, partial, descriptor, open, options);
    await file.sync();
  } catch (error) {
    // After a failed fsync(2) the file may be read back from memory and still not be on the disk.
    if (error instanceof InvalidInputError || isDiskRefusal(error) || failedWith(error, "EIO")) rmSync(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  commitFile(context, descriptor);
}

/** Streams into `file` what it lacks, and judges the whole. */
async function receive(file: PartialFile, partial: string, descriptor: Descriptor, open: OpenAt, options: IngestOptions): Promise<void> {
  const { digest, size } = descriptor;
  const { tap, signal, onProgress } = options;
  const hash = new Digester(algorithmOf(digest));
  // More than the whole blob is no part of it.
  if (file.size > size) file.empty();
  const there = file.size;
  for await (const chunk of there === 0 ? [] : readFrom(partial)) {
    signal?.throwIfAborted();
    hash.update(chunk);
    await tap?.write(chunk);
  }
  onProgress?.(hash.size);
  for await (const chunk of hash.size < size ? await open(hash.size) : []) {
    signal?.throwIfAborted();
    if (hash.size + chunk.length > size) throw wrong(digest, "size", `more bytes came than the ${size} that the descriptor says`);
    file.write(chunk, hash.size);
    hash.update(chunk);
    await tap?.write(chunk);
    onProgress?.(hash.size);
  }
  if (hash.size < size) {
    throw new TeuError(
      "unavailable",
      `receive blob ${digest}: the bytes ended after ${hash.size} of ${size}; what came is kept for another try`,
    );
  }
  const got = hash.digest();
  if (got !== digest)
    throw wrong(digest, "digest", `the bytes that came have ${got}${there > 0 ? "; they began in an earlier try, so try again" : ""}`);
}

/** The whole and synced partial file becomes the blob. */
function commitFile({ paths, database, now }: StoreContext, { digest, size }: Descriptor): void {
  renameSync(paths.partial(digest), paths.blob(digest));
  syncDirectory(paths.blobDirectory(digest));
  const time = now();
  database.write((db) => {
    db.run("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", [digest, size, time, time]);
    release(db, "blob", digest);
  });
}

function wrong(digest: Digest, field: string, message: string): InvalidInputError {
  return new InvalidInputError(`blob ${digest}`, [{ field, message }]);
}
