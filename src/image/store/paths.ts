// Where the store keeps things below its root. `content/` is an OCI image layout (image-spec 1.1 image-layout.md) that other tools may
// read; `content/ingest/` and `layers/` are ours.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { algorithmOf, type Digest, hexOf, isDigest } from "../../base/digest.ts";
import { blobPath, encodeLayoutFile, INDEX_FILE, LAYOUT_FILE } from "../../spec/image/layout.ts";

/** What begins with it below `layers/` is on its way in or out and belongs to the process in its name. */
export const ASIDE = ".new-";

export class StorePaths {
  readonly root: string;
  readonly content: string;
  readonly ingest: string;
  readonly layers: string;
  readonly database: string;
  readonly indexFile: string;
  readonly marker: string;

  constructor(root: string) {
    this.root = root;
    this.content = join(root, "content");
    this.ingest = join(this.content, "ingest");
    this.layers = join(root, "layers");
    this.database = join(root, "teu.db");
    this.marker = join(this.content, LAYOUT_FILE);
    this.indexFile = join(this.content, INDEX_FILE);
  }

  blobDirectory(digest: Digest): string {
    return dirname(this.blob(digest));
  }

  blob(digest: Digest): string {
    return join(this.content, blobPath(digest));
  }

  /** Where a blob grows until it is whole; kept when its download breaks off. */
  partial(digest: Digest): string {
    return join(this.ingest, `${algorithmOf(digest)}-${hexOf(digest)}`);
  }

  /** The directory of an unpacked layer: its tree is `fs` inside. */
  layer(chainId: Digest): string {
    return join(this.layers, hexOf(chainId));
  }

  /** Makes the directories, owner only. Cheap when they are there. */
  make(): void {
    for (const directory of ["", "content/ingest", "content/blobs/sha256", "content/blobs/sha512", "layers"]) {
      mkdirSync(join(this.root, directory), { recursive: true, mode: 0o700 });
    }
  }

  /** Whether the layout says that it is one. */
  get isMarked(): boolean {
    return existsSync(this.marker);
  }

  /** Writes what says so; under the write lock of the database, as `writeAtomically` asks. */
  mark(): void {
    writeAtomically(this.marker, encodeLayoutFile());
  }
}

/** The digest of a partial file's name; undefined for a name that is none. */
export function digestOfPartial(name: string): Digest | undefined {
  const text = name.replace("-", ":");
  return isDigest(text) ? text : undefined;
}
