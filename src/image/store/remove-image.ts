// Removing images by docker's rules (docker rmi, docker image prune): a name is taken away, and with the last one the image goes; what a
// container uses, and what has several names, goes only by force.

import type { Writer } from "../../base/database.ts";
import { type Digest, hexOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { formatFamiliar, parseReference } from "../../spec/distribution/reference.ts";
import { collect } from "./collect.ts";
import type { StoreContext } from "./context.ts";
import { exportIndex } from "./index-file.ts";
import type { Layers } from "./layers.ts";
import { findImage, listImages, namesChanged, type StoredImage } from "./names.ts";
import { seeContainers } from "./roots.ts";

export interface Removed {
  /** Names and `repository@digest`s, in the order in which docker tells them. */
  readonly untagged: readonly string[];
  /** The ID of each image that is gone, followed by the chain IDs of the layers that went with it, top first. */
  readonly deleted: readonly Digest[];
  /** Bytes. */
  readonly reclaimed: number;
}

export interface RemoveOptions {
  readonly force?: boolean;
  /** Whether a container runs: force does not help against that. */
  readonly isRunning?: (containerId: string) => boolean;
}

/** What a transaction took away; the collection after it tells which layers went. */
export interface Dropped {
  readonly untagged: string[];
  readonly ids: Digest[];
  /** Chain IDs of the images, top first. */
  readonly chains: Digest[];
}

/**
 * Removes a name or, by an ID, an image with all its names.
 * @throws TeuError `not-found`; `conflict` when a container uses it, or when an ID has several names, without force.
 */
export async function removeImage(context: StoreContext, layers: Layers, text: string, options: RemoveOptions = {}): Promise<Removed> {
  const dropped = context.database.write(
    (db) => {
      seeContainers(context, db);
      const image = findImage(context, db, text);
      if (image === undefined) throw new TeuError("not-found", `No such image: ${text}`);
      const reference = [...image.names, ...image.repoDigests].find((name) => name === text);
      return reference === undefined ? removeById(context, db, image, options) : removeName(context, db, image, reference, options);
    },
    { durable: true },
  );
  return finishRemoval(context, layers, dropped);
}

/** Exports the names, collects what nothing leads to any more, and tells what went. */
export async function finishRemoval(context: StoreContext, layers: Layers, { untagged, ids, chains }: Dropped): Promise<Removed> {
  exportIndex(context);
  const gone = await collect(context, layers);
  const goneLayers = new Set(gone.layers);
  return { untagged, deleted: [...ids, ...[...new Set(chains)].filter((chainId) => goneLayers.has(chainId))], reclaimed: gone.bytes };
}

/** The other images of one ID: manifests that differ, of one configuration. */
function sameId(context: StoreContext, db: Writer, { id }: StoredImage): readonly StoredImage[] {
  return listImages(context, db).filter((other) => other.id === id);
}

/** A tag takes the digests of its repository with it when it is the last one there; a digest goes alone. */
function removeName(context: StoreContext, db: Writer, image: StoredImage, name: string, options: RemoveOptions): Dropped {
  const all = sameId(context, db, image);
  const inRepository = (other: string) => other !== name && repositoryOf(other) === repositoryOf(name);
  const keepsDigests = !isByDigest(name) && image.names.some((other) => inRepository(other) && !isByDigest(other));
  const known = new Set([...image.names, ...image.repoDigests].filter((other) => inRepository(other) && isByDigest(other)));
  const untagged = isByDigest(name) || keepsDigests ? [name] : [name, ...known];
  const kept = (one: StoredImage) => one.names.filter((other) => !untagged.includes(other));
  const last = all.every((one) => kept(one).length === 0);
  if (last) refuseInUse(db, all, options, name);

  for (const gone of untagged) db.run("DELETE FROM names WHERE name = ?", [gone]);
  if (!keepsDigests) db.run("DELETE FROM repositories WHERE digest = ? AND repository = ?", [image.digest, repositoryOf(name)]);
  namesChanged(db);
  if (kept(image).length > 0) return { untagged, ids: [], chains: [] };
  return { ...dropImages(db, last ? all : [image]), untagged, ...(last ? {} : { ids: [] }) };
}

const isByDigest = (name: string): boolean => name.includes("@");

function removeById(context: StoreContext, db: Writer, image: StoredImage, options: RemoveOptions): Dropped {
  const all = sameId(context, db, image);
  const names = all.flatMap((one) => one.names);
  refuseInUse(db, all, options);
  if (names.length > 1 && options.force !== true) throw inUse(image, "must be forced", "image is referenced in multiple repositories");
  return dropImages(db, all);
}

/** Takes images and their names away, whatever uses them. */
export function dropImages(db: Writer, images: readonly StoredImage[]): Dropped {
  const chains = db.query<{ chain_id: Digest }, [string]>("SELECT chain_id FROM chains WHERE manifest = ? ORDER BY position DESC");
  const dropped: Dropped = {
    untagged: [...new Set(images.flatMap(({ names, repoDigests }) => [...names, ...repoDigests]))],
    ids: [...new Set(images.map(({ id }) => id))],
    chains: images.flatMap(({ manifest }) => chains.all(manifest).map(({ chain_id }) => chain_id)),
  };
  for (const { digest } of images) {
    db.run("DELETE FROM names WHERE digest = ?", [digest]);
    db.run("DELETE FROM images WHERE digest = ?", [digest]);
  }
  namesChanged(db);
  return dropped;
}

/** Ids of the containers that were made from one of the images. */
export function containersOf(db: Writer, images: readonly StoredImage[]): readonly string[] {
  // Also from manifests that have lost their names to others of the same configuration: a push packs layers.
  const sql = `SELECT container_id FROM container_images WHERE manifest IN (?1, ?2)
    OR manifest IN (SELECT digest FROM edges WHERE manifest = ?1 AND role = 'child')
    OR manifest IN (SELECT digest FROM manifests WHERE config = ?3) ORDER BY container_id`;
  const query = db.query<{ container_id: string }, [string, string, string]>(sql);
  const users = images.flatMap(({ digest, manifest, id }) => query.all(digest, manifest, id).map(({ container_id }) => container_id));
  return [...new Set(users)];
}

/** Images of one ID. `name` is the last one, which is to be taken away; undefined where the image is meant by its ID. */
function refuseInUse(db: Writer, images: readonly StoredImage[], { force, isRunning }: RemoveOptions, name?: string): void {
  const [image] = images;
  const users = containersOf(db, images);
  const [user] = users;
  if (image === undefined || user === undefined) return;
  const running = users.find((id) => isRunning?.(id) === true);
  if (running !== undefined && (force === true || name === undefined))
    throw inUse(image, "cannot be forced", `image is being used by running container ${shortOf(running)}`);
  if (force === true) return;
  if (name === undefined) throw inUse(image, "must be forced", `image is being used by stopped container ${shortOf(user)}`);
  const familiar = formatFamiliar(parseReference(name));
  throw new TeuError(
    "conflict",
    `conflict: unable to remove repository reference "${familiar}" (must force) - container ${shortOf(running ?? user)} is using its referenced image ${shortOf(hexOf(image.id))}`,
  );
}

/** docker's words, which people and scripts look for. */
function inUse({ id }: StoredImage, force: string, why: string): TeuError {
  return new TeuError("conflict", `conflict: unable to delete ${shortOf(hexOf(id))} (${force}) - ${why}`);
}

/** Twelve digits of an ID; a name of a container stays whole. */
function shortOf(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

/** `docker.io/library/debian` of a name with a tag or a digest. */
export function repositoryOf(name: string): string {
  const bare = name.split("@")[0] ?? name;
  const colon = bare.lastIndexOf(":");
  return colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
}
