// Pruning: images that nobody asked for by name, or (`all`) that no container uses, and the policy by age, number and size that dangling
// images may be kept under.

import type { Writer } from "../../base/database.ts";
import type { ImageConfig } from "../../spec/image/image-config.ts";
import type { StoreContext } from "./context.ts";
import type { Layers } from "./layers.ts";
import { sweepLeases } from "./leases.ts";
import { findImage, listImages, type StoredImage } from "./names.ts";
import { containersOf, type Dropped, dropImages, finishRemoval, type Removed } from "./remove-image.ts";
import { seeContainers } from "./roots.ts";
import { imageUsage } from "./usage.ts";

export interface PruneOptions {
  /** Named images as well, when no container uses them. */
  readonly all?: boolean;
  /** Only images for which this is true: docker's filters `until` and `label`, by what the configuration says. */
  readonly accepts?: (image: StoredImage) => boolean | Promise<boolean>;
}

/** Removes images that are not in use; never one that a running command holds a lease on. */
export async function pruneImages(context: StoreContext, layers: Layers, { all = false, accepts }: PruneOptions = {}): Promise<Removed> {
  const { database } = context;
  const candidates: StoredImage[] = [];
  for (const image of database.read((db) => listImages(context, db))) {
    if ((all || image.names.length === 0) && ((await accepts?.(image)) ?? true)) candidates.push(image);
  }
  return removeIdle(context, layers, candidates, all);
}

export interface RetentionPolicy {
  /** Milliseconds since the last use. */
  readonly maxAge?: number;
  /** Dangling images that stay at most, the last used ones. */
  readonly maxCount?: number;
  /** Bytes that dangling images hold alone at most. */
  readonly maxSize?: number;
}

/** Removes the dangling images that a policy does not keep, and everything that nothing leads to; named images stay. */
export async function applyPolicy(context: StoreContext, layers: Layers, policy: RetentionPolicy): Promise<Removed> {
  const { maxAge = Number.POSITIVE_INFINITY, maxCount = Number.POSITIVE_INFINITY, maxSize = Number.POSITIVE_INFINITY } = policy;
  const oldest = context.now() - maxAge;
  const dangling = context.database.read((db) => imageUsage(context, db)).filter(({ image }) => image.names.length === 0);
  let count = 0;
  let size = 0;
  const beyond = dangling
    .toSorted((a, b) => b.image.used - a.image.used)
    .filter(({ image, unique }) => {
      count += 1;
      size += unique;
      return image.used < oldest || count > maxCount || size > maxSize;
    });
  return removeIdle(
    context,
    layers,
    beyond.map(({ image }) => image),
    false,
  );
}

/** Drops those of the images that are idle now, as the transaction sees it. */
async function removeIdle(context: StoreContext, layers: Layers, images: readonly StoredImage[], named: boolean): Promise<Removed> {
  const dropped = context.database.write(
    (db): Dropped => {
      sweepLeases(context, db);
      seeContainers(context, db);
      const now = images.flatMap(({ digest }) => listed(context, db, digest) ?? []);
      return dropImages(
        db,
        now.filter((image) => (named || image.names.length === 0) && isIdle(db, image)),
      );
    },
    { durable: true },
  );
  return finishRemoval(context, layers, dropped);
}

/** The image as it is now, by its own digest. */
function listed(context: StoreContext, db: Writer, digest: string): StoredImage | undefined {
  const image = findImage(context, db, digest);
  return image?.digest === digest ? image : listImages(context, db).find((one) => one.digest === digest);
}

function isIdle(db: Writer, image: StoredImage): boolean {
  const leased = db.query("SELECT 1 FROM lease_items WHERE kind = 'blob' AND key IN (?, ?)").get(image.digest, image.manifest);
  const rooted = db.query("SELECT 1 FROM roots WHERE digest IN (?, ?)").get(image.digest, image.manifest);
  return leased === null && rooted === null && containersOf(db, [image]).length === 0;
}

/** A condition of docker's filter `label=KEY`, `label=KEY=VALUE`, `label!=…`. */
export interface LabelCondition {
  readonly key: string;
  readonly value?: string;
  readonly negated: boolean;
}

export interface ConfigFilter {
  /** Milliseconds since the epoch: created before. */
  readonly until?: number;
  readonly labels?: readonly LabelCondition[];
}

/** Whether a configuration passes docker's filters. */
export function passesFilter({ created, config }: Pick<ImageConfig, "created" | "config">, { until, labels = [] }: ConfigFilter): boolean {
  if (until !== undefined && !(Date.parse(created ?? "") < until)) return false;
  return fitsLabels(config?.Labels ?? {}, labels);
}

/** Whether labels fit all conditions. */
export function fitsLabels(have: Readonly<Record<string, string>>, labels: readonly LabelCondition[]): boolean {
  return labels.every(({ key, value, negated }) => {
    const fits = Object.hasOwn(have, key) && (value === undefined || have[key] === value);
    return fits !== negated;
  });
}
