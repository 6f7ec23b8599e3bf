// teu system check: everything that is stored, against what it should be. Problems are content that is missing or damaged; what a
// killed command left behind and the next collection takes is no problem, only told. Repair drops what is damaged, keeps the names, and
// says which images need a new pull.
import type { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DamagedDatabaseError } from "../../base/database.ts";
import { algorithmOf, type Digest, Digester } from "../../base/digest.ts";
import { failedWith } from "../../base/file-errno.ts";
import { type BlobRow, readFrom, sizeOnDisk } from "./blobs.ts";
import { release, tryClaim } from "./claims.ts";
import { collect, partials, strayBlobs, strayLayers } from "./collect.ts";
import { ownerLives, type StoreContext } from "./context.ts";
import { exportIndex, indexText } from "./index-file.ts";
import type { LayerRow } from "./layer-record.ts";
import { isDirectory, type Layers } from "./layers.ts";
import { missingBlobs, presentChildren } from "./manifests.ts";
import { listImages, namesChanged, type StoredImage } from "./names.ts";
import { ASIDE } from "./paths.ts";

export type FindingKind = "database" | "blob-missing" | "blob-damaged" | "layer-missing" | "layer-orphaned" | "index" | "image-incomplete";

export interface Finding {
  readonly kind: FindingKind;
  /** The digest, name or file that it is about. */
  readonly subject: string;
  /** One sentence. */
  readonly message: string;
}

export interface CheckReport {
  /** Empty: the store is sound. After a repair: what was wrong. */
  readonly problems: readonly Finding[];
  /** Images that lack content, by their names or ID: they need a new pull. */
  readonly incomplete: readonly string[];
  /** What killed commands left: broken-off downloads (which a pull goes on with) and stray files (which the next collection takes). */
  readonly leftovers: { readonly partials: number; readonly strays: number };
  /** Those whose content was hashed, or with `quick` whose size was seen. */
  readonly blobsChecked: number;
}

export interface CheckOptions {
  readonly repair?: boolean;
  /** Sizes only: contents are not hashed. */
  readonly quick?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (hashed: number, blobs: number) => void;
}

export async function check(context: StoreContext, layers: Layers, options: CheckOptions = {}): Promise<CheckReport> {
  const { database } = context;
  const problems = checkDatabase(context, options.repair === true);
  if (problems.length > 0 && options.repair !== true)
    return { problems, incomplete: [], leftovers: { partials: 0, strays: 0 }, blobsChecked: 0 };

  const blobs = database.rows.query<BlobRow, []>("SELECT * FROM blobs ORDER BY digest").all();
  let hashed = 0;
  for (const row of blobs) {
    options.signal?.throwIfAborted();
    problems.push(...(await checkBlob(context, row, options)));
    hashed += 1;
    options.onProgress?.(hashed, blobs.length);
  }
  const repair = options.repair === true;
  problems.push(...checkLayers(context, repair), ...checkMarker(context, repair), ...checkIndex(context, repair));
  const leftovers = { partials: partials(context).length, strays: countStrays(context) };
  if (options.repair === true) await collect(context, layers);
  const incomplete = database.read((db) => incompleteImages(context, db));
  for (const name of incomplete)
    problems.push({ kind: "image-incomplete", subject: name, message: `image ${name} lacks content: pull it again` });
  return { problems, incomplete, leftovers, blobsChecked: hashed };
}

/** A damaged file goes aside, and the next opening makes a new one from the layout. */
function checkDatabase({ database, paths, now }: StoreContext, repair: boolean): Finding[] {
  try {
    const result = database.rows.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
    if (result.every((row) => row.integrity_check === "ok")) return [];
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError) && !isCorruption(error)) throw error;
  }
  if (repair) {
    database.close();
    for (const suffix of ["-wal", "-shm"]) rmSync(`${paths.database}${suffix}`, { force: true });
    renameSync(paths.database, `${paths.database}.damaged-${now()}`);
  }
  return [
    { kind: "database", subject: paths.database, message: `${paths.database} is damaged${repair ? "; made anew from index.json" : ""}` },
  ];
}

function isCorruption(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_CORRUPT");
}

async function checkBlob(context: StoreContext, row: BlobRow, { repair = false, quick = false, signal }: CheckOptions): Promise<Finding[]> {
  const { paths, database } = context;
  const path = paths.blob(row.digest);
  const wrong = await judgeFile(path, row, { quick, ...(signal === undefined ? {} : { signal }) });
  // A parallel command may have removed it meanwhile.
  const still = database.rows.query<BlobRow, [string]>("SELECT * FROM blobs WHERE digest = ?").get(row.digest);
  if (wrong === undefined || still === null) return [];
  if (repair) discardBlob(context, row.digest);
  return [{ kind: wrong.kind, subject: row.digest, message: `blob ${row.digest} ${wrong.message}` }];
}

async function judgeFile(
  path: string,
  { digest, size }: BlobRow,
  { quick, signal }: Pick<CheckOptions, "quick" | "signal">,
): Promise<Pick<Finding, "kind" | "message"> | undefined> {
  const there = sizeOnDisk(path);
  if (there === undefined) return { kind: "blob-missing", message: "has no file" };
  if (there !== size) return { kind: "blob-damaged", message: `has ${there} bytes instead of ${size}` };
  if (quick === true) return undefined;
  const hash = new Digester(algorithmOf(digest));
  try {
    for await (const chunk of readFrom(path)) {
      signal?.throwIfAborted();
      hash.update(chunk);
    }
  } catch (error) {
    if (failedWith(error, "ENOENT")) return { kind: "blob-missing", message: "has no file" };
    if (failedWith(error, "EIO")) return { kind: "blob-damaged", message: "cannot be read: input/output error (EIO)" };
    throw error;
  }
  const got = hash.digest();
  return got === digest ? undefined : { kind: "blob-damaged", message: `has the content of ${got}` };
}

/** As garbage collection does: row and claim, file, claim. */
function discardBlob(context: StoreContext, digest: Digest): void {
  const { database, paths } = context;
  const claimed = database.write((db) => {
    if (!tryClaim(context, db, "blob", digest)) return false;
    db.run("DELETE FROM blobs WHERE digest = ?", [digest]);
    return true;
  });
  if (!claimed) return;
  rmSync(paths.blob(digest), { force: true });
  database.write((db) => release(db, "blob", digest));
}

/** Layers of an earlier boot that were never synced are no problem: whoever wants them next makes them anew. */
function checkLayers({ database, paths, self }: StoreContext, repair: boolean): Finding[] {
  return database.write((db) => {
    const rows = db.query<LayerRow, []>("SELECT * FROM layers ORDER BY chain_id").all();
    const known = new Set(rows.map(({ chain_id }) => chain_id));
    const found = rows
      .filter(({ unsynced }) => unsynced === null || unsynced === self.bootId)
      .flatMap(({ chain_id, parent }): Finding[] => {
        if (!isDirectory(join(paths.layer(chain_id), "fs"))) {
          return [{ kind: "layer-missing", subject: chain_id, message: `layer ${chain_id} has no directory` }];
        }
        if (parent === null || known.has(parent)) return [];
        return [{ kind: "layer-orphaned", subject: chain_id, message: `layer ${chain_id} lacks layer ${parent} below it` }];
      });
    if (repair)
      for (const { subject, kind } of found) if (kind === "layer-missing") db.run("DELETE FROM layers WHERE chain_id = ?", [subject]);
    return found;
  });
}

function checkMarker({ database, paths }: StoreContext, repair: boolean): Finding[] {
  if (paths.isMarked) return [];
  if (repair) database.write(() => paths.mark());
  return [{ kind: "index", subject: paths.marker, message: `${paths.marker} is missing` }];
}

function checkIndex(context: StoreContext, repair: boolean): Finding[] {
  const { database, paths } = context;
  // Under the write lock nobody exports; a file that is behind because its writer died is mended here and is no problem.
  exportIndex(context);
  const same = database.write((db) => {
    const hasNames = db.query("SELECT 1 FROM images LIMIT 1").get() !== null;
    const same = existsSync(paths.indexFile) ? readFileSync(paths.indexFile, "utf8") === indexText(db) : !hasNames;
    if (!same && repair) namesChanged(db);
    return same;
  });
  if (same) return [];
  if (repair) exportIndex(context);
  return [{ kind: "index", subject: paths.indexFile, message: `${paths.indexFile} does not say what the database says` }];
}

/** Names, or IDs where there is none, of the images that lack something. */
function incompleteImages(context: StoreContext, db: Database): readonly string[] {
  return listImages(context, db).flatMap((image) => (isComplete(db, image) ? [] : image.names.length > 0 ? image.names : [image.id]));
}

function isComplete(db: Database, { digest }: StoredImage): boolean {
  return [digest, ...presentChildren(db, digest).map((child) => child.digest)].every((manifest) => missingBlobs(db, manifest).length === 0);
}

function countStrays(context: StoreContext): number {
  const asides = readdirSync(context.paths.layers).filter((name) => name.startsWith(ASIDE));
  const dead = asides.filter((name) => !ownerLives(context, name.slice(ASIDE.length, name.lastIndexOf("-"))));
  return strayBlobs(context).length + strayLayers(context).length + dead.length;
}
