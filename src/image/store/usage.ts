// What the store takes of the disk (teu system df): each blob and layer counts once; an image's own part is what no other image has.
import type { Database } from "bun:sqlite";
import { partials } from "./collect.ts";
import type { StoreContext } from "./context.ts";
import { listImages, type StoredImage } from "./names.ts";
import { seeContainers } from "./roots.ts";

export interface ImageUsage {
  readonly image: StoredImage;
  /** Bytes of its blobs and unpacked layers; `shared` with other images, `unique` to it. */
  readonly size: number;
  readonly shared: number;
  readonly unique: number;
  /** Ids of the containers made from it. */
  readonly containers: readonly string[];
}

export interface Amount {
  readonly count: number;
  /** Bytes. */
  readonly size: number;
}

export interface StoreUsage {
  readonly images: {
    readonly total: number;
    /** Those that containers use. */
    readonly active: number;
    readonly size: number;
    /** Bytes that would go with all images that no container uses. */
    readonly reclaimable: number;
    readonly each: readonly ImageUsage[];
  };
  readonly blobs: Amount;
  readonly layers: Amount;
  /** Downloads that broke off or go on. */
  readonly partials: Amount;
}

interface Item {
  readonly key: string;
  readonly size: number;
}

/** All that hangs on one manifest: blobs, and unpacked layers under their chain IDs. */
const ITEMS = `
  WITH RECURSIVE reached(digest) AS (
    SELECT ?1 UNION SELECT edges.digest FROM reached JOIN edges ON edges.manifest = reached.digest WHERE edges.role <> 'subject'
  )
  SELECT 'blob ' || digest AS key, size FROM blobs WHERE digest IN (SELECT digest FROM reached)
  UNION ALL
  SELECT DISTINCT 'layer ' || layers.chain_id, layers.size FROM chains JOIN layers USING (chain_id)
  WHERE manifest IN (SELECT digest FROM reached)`;

interface Reach {
  readonly image: StoredImage;
  readonly items: readonly Item[];
  readonly containers: readonly string[];
}

function reachOf(context: StoreContext, db: Database): readonly Reach[] {
  const users = db.query<{ container_id: string }, [string, string]>(
    `SELECT container_id FROM container_images WHERE manifest IN (?1, ?2)
     OR manifest IN (SELECT digest FROM edges WHERE manifest = ?1 AND role = 'child') ORDER BY container_id`,
  );
  return listImages(context, db).map((image) => ({
    image,
    items: db.query<Item, [string]>(ITEMS).all(image.digest),
    containers: users.all(image.digest, image.manifest).map(({ container_id }) => container_id),
  }));
}

/** How many of the images have each item. */
function countItems(reaches: readonly Reach[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { items } of reaches) for (const { key } of items) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const sum = (items: readonly Item[]) => items.reduce((bytes, { size }) => bytes + size, 0);

function describe(reaches: readonly Reach[]): readonly ImageUsage[] {
  const counts = countItems(reaches);
  return reaches.map(({ image, items, containers }) => {
    const size = sum(items);
    const unique = sum(items.filter(({ key }) => counts.get(key) === 1));
    return { image, size, unique, shared: size - unique, containers };
  });
}

/** What each image takes. */
export function imageUsage(context: StoreContext, db: Database): readonly ImageUsage[] {
  return describe(reachOf(context, db));
}

function amount(db: Database, table: "blobs" | "layers"): Amount {
  return db.query<Amount, []>(`SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM ${table}`).get() ?? { count: 0, size: 0 };
}

/** The whole store at one moment. */
export function storeUsage(context: StoreContext): StoreUsage {
  context.database.write((db) => seeContainers(context, db));
  return context.database.read((db) => {
    const reaches = reachOf(context, db);
    const active = reaches.filter(({ containers }) => containers.length > 0);
    const held = countItems(active);
    const all = new Map<string, Item>(reaches.flatMap(({ items }) => items.map((item) => [item.key, item] as const)));
    const broken = partials(context);
    return {
      images: {
        total: reaches.length,
        active: active.length,
        size: sum([...all.values()]),
        reclaimable: sum([...all.values()].filter(({ key }) => !held.has(key))),
        each: describe(reaches),
      },
      blobs: amount(db, "blobs"),
      layers: amount(db, "layers"),
      partials: { count: broken.length, size: broken.reduce((bytes, { size }) => bytes + size, 0) },
    };
  });
}
