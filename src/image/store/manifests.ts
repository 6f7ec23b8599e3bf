// What manifests say, as rows: what each leads to, the image's ID, the chain IDs of its layers. Listing, marking and removing then need no
// file.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { chainIds } from "../../spec/image/chain-id.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageIndex, ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { mediaTypeFacts, OCI_INDEX } from "../../spec/image/media-types.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ManifestBytes } from "../ports/transport.ts";

export interface ManifestRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly size: number;
  readonly kind: "manifest" | "index";
  readonly artifact_type: string | null;
  readonly config: Digest | null;
}

export type EdgeRole = "config" | "layer" | "foreign" | "child" | "subject";

export interface Edge {
  readonly role: EdgeRole;
  readonly descriptor: Descriptor;
}

/** A manifest, read: what `recordManifest` writes. */
export interface ManifestFacts {
  readonly row: ManifestRow;
  readonly edges: readonly Edge[];
  /** Lowest first; empty for an index, and for what is no image. */
  readonly chainIds: readonly Digest[];
}

/**
 * Reads a manifest and, for an image, its configuration.
 * @throws InvalidInputError for a document that is no manifest.
 */
export function readManifest(
  { bytes, mediaType, digest }: ManifestBytes,
  readConfig: (digest: Digest) => Uint8Array | undefined,
): ManifestFacts {
  const { manifest, index } = parseManifest(bytes, mediaType);
  const document = manifest ?? index;
  const row: ManifestRow = {
    digest,
    media_type: document.mediaType,
    size: bytes.length,
    kind: manifest === undefined ? "index" : "manifest",
    artifact_type: document.artifactType ?? null,
    config: manifest?.config.digest ?? null,
  };
  const edges = manifest === undefined ? indexEdges(index) : manifestEdges(manifest);
  const subject: Edge[] = document.subject === undefined ? [] : [{ role: "subject", descriptor: document.subject }];
  return { row, edges: [...edges, ...subject], chainIds: manifest === undefined ? [] : chainIdsOf(manifest, readConfig) };
}

function manifestEdges({ config, layers }: ImageManifest): Edge[] {
  const role = (layer: Descriptor) => (mediaTypeFacts(layer.mediaType).nondistributable ? "foreign" : "layer");
  return [{ role: "config", descriptor: config }, ...layers.map((descriptor): Edge => ({ role: role(descriptor), descriptor }))];
}

function indexEdges({ manifests }: ImageIndex): Edge[] {
  return manifests.map((descriptor) => ({ role: "child", descriptor }));
}

/** An artifact may have any bytes as its configuration, also under the media type of an image's: then it has no chains. */
function chainIdsOf(manifest: ImageManifest, readConfig: (digest: Digest) => Uint8Array | undefined): readonly Digest[] {
  if (mediaTypeFacts(manifest.config.mediaType).kind !== "config") return [];
  const bytes = readConfig(manifest.config.digest);
  if (bytes === undefined) return [];
  try {
    const ids = chainIds(parseImageConfig(bytes).rootfs.diff_ids);
    return ids.length === manifest.layers.length ? ids : [];
  } catch (error) {
    if (error instanceof InvalidInputError) return [];
    throw error;
  }
}

/** Writes the rows of a manifest; what is there already, and is the same, stays. */
export function recordManifest(db: Writer, { row, edges, chainIds }: ManifestFacts): void {
  const { digest, media_type, size, kind, artifact_type, config } = row;
  db.run("INSERT OR IGNORE INTO manifests VALUES (?, ?, ?, ?, ?, ?)", [digest, media_type, size, kind, artifact_type, config]);
  edges.forEach(({ role, descriptor }, position) => {
    db.run("INSERT OR IGNORE INTO edges VALUES (?, ?, ?, ?, ?)", [digest, role, position, descriptor.digest, JSON.stringify(descriptor)]);
  });
  chainIds.forEach((chainId, position) => {
    db.run("INSERT OR IGNORE INTO chains VALUES (?, ?, ?)", [digest, position, chainId]);
  });
}

export function findManifest(db: Database, digest: Digest): ManifestRow | undefined {
  return db.query<ManifestRow, [string]>("SELECT * FROM manifests WHERE digest = ?").get(digest) ?? undefined;
}

/** What a manifest leads to in one role, in its order. */
export function edgesOf(db: Database, manifest: Digest, role: EdgeRole): readonly Descriptor[] {
  const rows = db
    .query<{ descriptor: string }, [string, string]>("SELECT descriptor FROM edges WHERE manifest = ? AND role = ? ORDER BY position")
    .all(manifest, role);
  return rows.map(({ descriptor }) => JSON.parse(descriptor) as Descriptor); // written by recordManifest alone
}

/** The children of an index that are in the store. */
export function presentChildren(db: Database, index: Digest): readonly Descriptor[] {
  return edgesOf(db, index, "child").filter(({ digest }) => findManifest(db, digest) !== undefined);
}

/**
 * The image manifest that a manifest or index means on a platform: itself, or the best of the children that are in the store, or the
 * first of them where none fits. Undefined for an index without any.
 */
export function imageManifest(db: Database, digest: Digest, platform: Platform): ManifestRow | undefined {
  const row = findManifest(db, digest);
  if (row?.kind !== "index") return row;
  const manifests = presentChildren(db, digest);
  const child = bestChild(manifests, platform) ?? manifests[0];
  return child === undefined ? undefined : findManifest(db, child.digest);
}

function bestChild(manifests: readonly Descriptor[], platform: Platform): Descriptor | undefined {
  try {
    return matchPlatform({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, platform);
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** The digests that a manifest cannot do without and that are not in the table of blobs. Of an index: nothing, if one child is there. */
export function missingBlobs(db: Database, digest: Digest): readonly Digest[] {
  const rows = db
    .query<{ digest: Digest }, [string, string]>(
      `SELECT digest FROM edges WHERE manifest = ? AND role IN ('config', 'layer') AND digest NOT IN (SELECT digest FROM blobs)
       UNION SELECT digest FROM manifests WHERE digest = ? AND digest NOT IN (SELECT digest FROM blobs)`,
    )
    .all(digest, digest);
  return rows.map((row) => row.digest);
}
