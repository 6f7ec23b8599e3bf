// A database made anew from what lies on the disk: names from index.json, images from the manifests that it leads to, layers from
// their records. Blobs are taken by their size; `check` hashes them.
import { readdirSync } from "node:fs";
import type { Writer } from "../../base/database.ts";
import { isDigest } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { REF_NAME } from "../../spec/image/layout.ts";
import { OCI_INDEX } from "../../spec/image/media-types.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import { readIfSound, readIfThere, sizeOnDisk } from "./blobs.ts";
import { insertLayer, readLayerRecord } from "./layer-record.ts";
import { isDirectory } from "./layers.ts";
import { readManifest, recordManifest } from "./manifests.ts";
import type { StorePaths } from "./paths.ts";

/** Deeper indexes than this nobody makes; a ring of them cannot be made. */
const DEEPEST = 8;

/** Fills an empty database. Of a fresh store there is nothing to find. */
export function rebuild(db: Writer, paths: StorePaths, time: number): void {
  for (const descriptor of readIndex(paths)) adoptImage(db, paths, descriptor, time);
  for (const name of readdirSync(paths.layers)) {
    const chainId = `sha256:${name}`;
    if (!isDigest(chainId) || !isDirectory(paths.layer(chainId))) continue;
    const row = readLayerRecord(paths, chainId);
    if (row !== undefined) insertLayer(db, row);
  }
}

function readIndex(paths: StorePaths): readonly Descriptor[] {
  const bytes = readIfThere(paths.indexFile);
  if (bytes === undefined) return [];
  return unlessInvalid(() => parseManifest(bytes, OCI_INDEX).index?.manifests) ?? [];
}

function adoptImage(db: Writer, paths: StorePaths, descriptor: Descriptor, time: number): void {
  const { digest, annotations } = descriptor;
  if (!adoptManifest(db, paths, descriptor, time, DEEPEST)) return;
  db.run("INSERT OR IGNORE INTO images VALUES (?1, ?2, ?2)", [digest, time]);
  const name = annotations?.[REF_NAME];
  if (name !== undefined) db.run("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", [name, digest, time]);
}

/** Rows of a manifest and of what it leads to, as far as the files are there. False when its own is not. */
function adoptManifest(db: Writer, paths: StorePaths, { digest, mediaType }: Descriptor, time: number, depth: number): boolean {
  const bytes = readIfSound(paths, digest);
  const facts = unlessInvalid(() => bytes && readManifest({ bytes, mediaType, digest }, (config) => readIfSound(paths, config)));
  if (bytes === undefined || facts === undefined) return false;
  adoptBlob(db, paths, { digest, size: bytes.length }, time);
  recordManifest(db, facts);
  for (const { role, descriptor } of facts.edges) {
    const isManifest = role === "child" || role === "subject";
    if (!isManifest) adoptBlob(db, paths, descriptor, time);
    else if (depth > 0) adoptManifest(db, paths, descriptor, time, depth - 1);
  }
  return true;
}

function adoptBlob(db: Writer, paths: StorePaths, { digest, size }: Pick<Descriptor, "digest" | "size">, time: number): void {
  if (sizeOnDisk(paths.blob(digest)) !== size) return;
  db.run("INSERT OR IGNORE INTO blobs VALUES (?1, ?2, ?3, ?3)", [digest, size, time]);
}

/** A damaged document is as good as none: the image needs a new pull. */
function unlessInvalid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidInputError || (error instanceof TeuError && error.code === "unsupported")) return undefined;
    throw error;
  }
}
