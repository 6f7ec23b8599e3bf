// Garbage collection: what no root leads to goes. In one transaction the rows go and a claim on each comes; after it the files go, then
// the claims. A pull that finds a row has it leased in the same transaction, so it is seen here; one that finds none waits for the claim and
// stores the blob anew.
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Writer } from "../../base/database.ts";
import type { Digest, DigestAlgorithm } from "../../base/digest.ts";
import { isDigest } from "../../base/digest.ts";
import { release, tryClaim } from "./claims.ts";
import type { StoreContext } from "./context.ts";
import type { Layers } from "./layers.ts";
import { dropUnmarkedManifests, findGarbage, type Garbage } from "./mark.ts";
import { ASIDE, digestOfPartial } from "./paths.ts";

export interface Collected {
  readonly blobs: readonly Digest[];
  /** Chain IDs. */
  readonly layers: readonly Digest[];
  /** Bytes of both. */
  readonly bytes: number;
}

export interface CollectOptions {
  /** Also broken-off downloads whose last byte came before this (milliseconds since the epoch); none when absent. */
  readonly partialsBefore?: number;
}

/** Removes what no root leads to, and what dead processes left. */
export async function collect(context: StoreContext, layers: Layers, options: CollectOptions = {}): Promise<Collected> {
  const { database, paths } = context;
  const garbage = database.write((db) => condemn(context, db));
  for (const { digest } of garbage.blobs) rmSync(paths.blob(digest), { force: true });
  database.write((db) => {
    for (const { digest } of garbage.blobs) release(db, "blob", digest);
  });
  for (const { chain_id } of garbage.layers) await layers.unmake(chain_id);

  let bytes = [...garbage.blobs, ...garbage.layers].reduce((sum, { size }) => sum + size, 0);
  bytes += sweepStrayBlobs(context) + sweepPartials(context, options.partialsBefore);
  await sweepStrayLayers(context, layers);
  await layers.sweepAsides();
  return { blobs: garbage.blobs.map(({ digest }) => digest), layers: garbage.layers.map(({ chain_id }) => chain_id), bytes };
}

/** Takes the rows away and claims what they stood for. */
function condemn(context: StoreContext, db: Writer): Garbage {
  const garbage = findGarbage(context, db);
  dropUnmarkedManifests(db);
  for (const { digest } of garbage.blobs) {
    db.run("DELETE FROM blobs WHERE digest = ?", [digest]);
    tryClaim(context, db, "blob", digest);
  }
  for (const { chain_id } of garbage.layers) {
    db.run("DELETE FROM layers WHERE chain_id = ?", [chain_id]);
    tryClaim(context, db, "layer", chain_id);
  }
  return garbage;
}

/** Files at final names without a row: of a process that died between the rename and the row, or between a row's end and the unlink. */
export function strayBlobs({ database, paths }: StoreContext): readonly Digest[] {
  const known = new Set(
    database.rows
      .query<{ digest: string }, []>("SELECT digest FROM blobs")
      .all()
      .map(({ digest }) => digest),
  );
  const algorithms: readonly DigestAlgorithm[] = ["sha256", "sha512"];
  return algorithms.flatMap((algorithm) => {
    const names = readdirSync(join(paths.content, "blobs", algorithm)).map((name) => `${algorithm}:${name}`);
    return names.filter(isDigest).filter((digest) => !known.has(digest));
  });
}

function sweepStrayBlobs(context: StoreContext): number {
  const { database, paths } = context;
  let bytes = 0;
  for (const digest of strayBlobs(context)) {
    const claimed = database.write((db) => {
      const row = db.query("SELECT 1 FROM blobs WHERE digest = ?").get(digest);
      return row === null && tryClaim(context, db, "blob", digest);
    });
    if (!claimed) continue;
    bytes += removeFile(paths.blob(digest));
    database.write((db) => release(db, "blob", digest));
  }
  return bytes;
}

/** Chain IDs of directories below `layers/` that no row knows. */
export function strayLayers({ database, paths }: StoreContext): readonly Digest[] {
  const known = new Set(
    database.rows
      .query<{ chain_id: string }, []>("SELECT chain_id FROM layers")
      .all()
      .map((row) => row.chain_id),
  );
  const names = readdirSync(paths.layers).filter((name) => !name.startsWith(ASIDE));
  return names
    .map((name) => `sha256:${name}`)
    .filter(isDigest)
    .filter((chainId) => !known.has(chainId));
}

async function sweepStrayLayers(context: StoreContext, layers: Layers): Promise<void> {
  for (const chainId of strayLayers(context)) {
    const claimed = context.database.write((db) => {
      const row = db.query("SELECT 1 FROM layers WHERE chain_id = ?").get(chainId);
      return row === null && tryClaim(context, db, "layer", chainId);
    });
    if (claimed) await layers.unmake(chainId);
  }
}

/** Partial files that nobody fills, with their sizes and the time of their last byte. */
export function partials({ paths }: StoreContext): readonly { readonly digest: Digest; readonly size: number; readonly changed: number }[] {
  return readdirSync(paths.ingest).flatMap((name) => {
    const digest = digestOfPartial(name);
    const found = statSync(join(paths.ingest, name), { throwIfNoEntry: false });
    return digest === undefined || found === undefined ? [] : [{ digest, size: found.size, changed: found.mtimeMs }];
  });
}

function sweepPartials(context: StoreContext, before: number | undefined): number {
  const { database, paths } = context;
  let bytes = 0;
  for (const { digest, changed } of before === undefined ? [] : partials(context)) {
    if (before === undefined || changed >= before) continue;
    if (!database.write((db) => tryClaim(context, db, "blob", digest))) continue;
    bytes += removeFile(paths.partial(digest));
    database.write((db) => release(db, "blob", digest));
  }
  return bytes;
}

/** Returns the bytes that it had. */
function removeFile(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  rmSync(path, { force: true });
  return size;
}
