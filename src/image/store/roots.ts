// What other parts of the engine keep alive: the images of containers, and anything else by kind and id (`build`, …).

import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import type { ContainerImage, StoreContext } from "./context.ts";

/** Brings the table of containers up to what there is, within the transaction that goes by it. */
export function seeContainers({ containers }: StoreContext, db: Writer): void {
  if (containers === undefined) return;
  db.run("DELETE FROM container_images");
  for (const container of containers()) insertContainer(db, container);
}

function insertContainer(db: Writer, { containerId, manifest, chainId }: ContainerImage): void {
  db.run("INSERT OR REPLACE INTO container_images VALUES (?, ?, ?)", [containerId, manifest, chainId ?? null]);
}

export class Roots {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** Keeps a container's image and layers until `releaseContainer`; on the disk when it returns. */
  registerContainer(container: ContainerImage): void {
    this.#context.database.write((db) => insertContainer(db, container), { durable: true });
  }

  releaseContainer(containerId: string): void {
    this.#context.database.write((db) => db.run("DELETE FROM container_images WHERE container_id = ?", [containerId]));
  }

  containers(): readonly ContainerImage[] {
    const rows = this.#context.database.rows
      .query<{ container_id: string; manifest: Digest; chain_id: Digest | null }, []>(
        "SELECT * FROM container_images ORDER BY container_id",
      )
      .all();
    return rows.map((row) => ({ containerId: row.container_id, manifest: row.manifest, chainId: row.chain_id ?? undefined }));
  }

  /** Keeps a blob with what it leads to, or a layer by its chain ID. */
  add(kind: string, id: string, digest: Digest): void {
    this.#context.database.write((db) => db.run("INSERT OR IGNORE INTO roots VALUES (?, ?, ?)", [kind, id, digest]), { durable: true });
  }

  /** The ids of a kind that keep something. */
  idsOf(kind: string): readonly string[] {
    const rows = this.#context.database.rows.query<{ id: string }, [string]>("SELECT DISTINCT id FROM roots WHERE kind = ? ORDER BY id");
    return rows.all(kind).map(({ id }) => id);
  }

  /** Ends everything that was added under a kind and id. */
  remove(kind: string, id: string): void {
    this.#context.database.write((db) => db.run("DELETE FROM roots WHERE kind = ? AND id = ?", [kind, id]));
  }
}
