// The row of an unpacked layer, and layers/<hex>/layer.json: the row once more beside the tree, so that layers survive the loss of the database.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import type { Writer } from "../../base/database.ts";
import { type Digest, isDigest } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { readJson } from "../../spec/json/read.ts";
import { integer, object, optional, type Shape, string } from "../../spec/json/shape.ts";
import type { StorePaths } from "./paths.ts";

const FILE = "layer.json";

export interface LayerRow {
  readonly chain_id: Digest;
  readonly parent: Digest | null;
  readonly diff_id: Digest;
  readonly size: number;
  readonly created: number;
  readonly used: number;
  /** Boot id of its making until it is synced. */
  readonly unsynced: string | null;
}

export function insertLayer(db: Writer, row: LayerRow): void {
  const { chain_id, parent, diff_id, size, created, used, unsynced } = row;
  db.run("INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, ?, ?, ?)", [chain_id, parent, diff_id, size, created, used, unsynced]);
}

interface LayerRecord {
  readonly chain_id: Digest;
  readonly parent?: Digest;
  readonly diff_id: Digest;
  readonly size: number;
  readonly created: number;
  readonly unsynced?: string;
}

const digest: Shape<Digest> = (value, trail) => (typeof value === "string" && isDigest(value) ? value : trail.refuse("is no digest"));
const count = integer(0, Number.MAX_SAFE_INTEGER);
const shape = object<LayerRecord>({
  chain_id: digest,
  parent: optional(digest),
  diff_id: digest,
  size: count,
  created: count,
  unsynced: optional(string),
});

/** Writes the record into the layer's directory, or into `directory` while that is still aside. */
export function writeLayerRecord(paths: StorePaths, row: LayerRow, directory = paths.layer(row.chain_id)): void {
  writeAtomically(join(directory, FILE), JSON.stringify(row));
}

/** Undefined when the directory has no sound record, or the record of another layer. */
export function readLayerRecord(paths: StorePaths, chainId: Digest): LayerRow | undefined {
  try {
    const { value } = readJson(readFileSync(join(paths.layer(chainId), FILE)), { subject: FILE, shape });
    if (value.chain_id !== chainId) return undefined;
    return { ...value, parent: value.parent ?? null, unsynced: value.unsynced ?? null, used: value.created };
  } catch (error) {
    if (failedWith(error, "ENOENT", "ENOTDIR") || error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
