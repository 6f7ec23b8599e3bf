// content/index.json: the names for other tools that read the layout, and for ourselves should the database be lost (image-spec 1.1
// image-layout.md, "index.json File"). The database is the truth; the file follows it, and whoever changes a name next mends a file
// that a crash left behind.
import { writeAtomically } from "../../base/atomic-file.ts";
import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { REF_NAME } from "../../spec/image/layout.ts";
import { OCI_INDEX } from "../../spec/image/media-types.ts";
import type { StoreContext } from "./context.ts";

interface Exported {
  readonly digest: Digest;
  readonly media_type: string;
  readonly size: number;
  readonly name: string | null;
}

/** Writes the file if names changed since it was written, whoever changed them. Under the write lock, so that no older state comes last. */
export function exportIndex({ database, paths }: StoreContext): void {
  database.write((db) => {
    const names = generation(db, "names");
    if (names === generation(db, "exported")) return;
    writeAtomically(paths.indexFile, indexText(db));
    db.run("UPDATE meta SET value = ? WHERE key = 'exported'", [names]);
  });
}

function generation(db: Writer, key: "names" | "exported"): number {
  return db.query<{ value: number }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)?.value ?? 0;
}

/** What the file must hold now: an entry for each name, and one for each image without. */
export function indexText(db: Writer): string {
  const rows = db
    .query<Exported, []>(
      `SELECT manifests.digest, media_type, size, name FROM images JOIN manifests USING (digest) LEFT JOIN names USING (digest)
       ORDER BY name, digest`,
    )
    .all();
  const manifests = rows.map(({ digest, media_type, size, name }) => ({
    mediaType: media_type,
    digest,
    size,
    ...(name === null ? {} : { annotations: { [REF_NAME]: name } }),
  }));
  return `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })}\n`;
}
