// Manifest lists under construction: objects of their own beside the images, by canonical name. What a list names of the store's images is
// kept for it.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { StoreContext } from "./context.ts";

export interface StoredList {
  /** The index, as JSON. */
  readonly list: string;
  /** JSON: by digest, where its images come from. */
  readonly origins: string;
}

const ROOTS = "list";

export class Lists {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  find(name: string): StoredList | undefined {
    return this.#context.database.rows.query<StoredList, [string]>("SELECT list, origins FROM lists WHERE name = ?").get(name) ?? undefined;
  }

  /**
   * Puts a list in the place of the one that was read (undefined: of none); false when it is another by now.
   * @param keeps images of the store that are to stay as long as the list
   */
  replace(
    name: string,
    { before, after, keeps }: { readonly before: StoredList | undefined; readonly after: StoredList; readonly keeps: readonly Digest[] },
  ): boolean {
    return this.#context.database.write(
      (db) => {
        const now = this.find(name);
        if (now?.list !== before?.list || now?.origins !== before?.origins) return false;
        db.run("INSERT OR REPLACE INTO lists VALUES (?, ?, ?)", [name, after.list, after.origins]);
        db.run("DELETE FROM roots WHERE kind = ? AND id = ?", [ROOTS, name]);
        for (const digest of keeps) db.run("INSERT OR IGNORE INTO roots VALUES (?, ?, ?)", [ROOTS, name, digest]);
        return true;
      },
      { durable: true },
    );
  }

  /** @throws TeuError `not-found`, in docker's words. */
  remove(name: string): void {
    this.#context.database.write(
      (db) => {
        const { changes } = db.run("DELETE FROM lists WHERE name = ?", [name]);
        if (changes === 0) throw new TeuError("not-found", `No such manifest: ${name}`);
        db.run("DELETE FROM roots WHERE kind = ? AND id = ?", [ROOTS, name]);
      },
      { durable: true },
    );
  }
}
