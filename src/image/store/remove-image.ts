// Removing images by docker's rules (docker rmi, docker image prune): a name is taken away, and with the last one the image goes; what a
// container uses, and what has several names, goes only by force.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { collect } from "./collect.ts";
import type { StoreContext } from "./context.ts";
import type { Writer } from "./database.ts";
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
      if (image === undefined) throw new TeuError("not-found", `remove image ${text}: it is not in the store`);
      const reference = [...image.names, ...image.repoDigests].find((name) => name === text);
      return reference === undefined ? removeById(context, db, image, text, options) : removeName(context, db, image, reference, options);
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
  return { untagged, deleted: [...ids, ...chains.filter((chainId) => goneLayers.has(chainId))], reclaimed: gone.bytes };
}

/** The other images of one ID: manifests that differ, of one configuration. */
function sameId(context: StoreContext, db: Writer, { id }: StoredImage): readonly StoredImage[] {
  return listImages(context, db).filter((other) => other.id === id);
}

function removeName(context: StoreContext, db: Writer, image: StoredImage, name: string, options: RemoveOptions): Dropped {
  const all = sameId(context, db, image);
  const last = all.flatMap(({ names }) => names).every((other) => other === name);
  if (last) refuseInUse(db, all, name, options);
  const repository = repositoryOf(name);
  const keepsRepository = image.names.some((other) => other !== name && repositoryOf(other) === repository);
  const digests = keepsRepository ? [] : image.repoDigests.filter((text) => repositoryOf(text) === repository && text !== name);

  db.run("DELETE FROM names WHERE name = ?", [name]);
  if (!keepsRepository) db.run("DELETE FROM repositories WHERE digest = ? AND repository = ?", [image.digest, repository]);
  namesChanged(db);
  const untagged = [name, ...digests];
  if (image.names.some((other) => other !== name)) return { untagged, ids: [], chains: [] };
  return { ...dropImages(db, last ? all : [image]), untagged, ...(last ? {} : { ids: [] }) };
}

function removeById(context: StoreContext, db: Writer, image: StoredImage, text: string, options: RemoveOptions): Dropped {
  const all = sameId(context, db, image);
  const names = all.flatMap((one) => one.names);
  refuseInUse(db, all, text, options);
  if (names.length > 1 && options.force !== true) {
    throw new TeuError("conflict", `remove image ${text}: it has several names (${names.join(", ")}); remove those, or force it`);
  }
  return dropImages(db, all);
}

/** Takes images and their names away, whatever uses them. */
export function dropImages(db: Writer, images: readonly StoredImage[]): Dropped {
  const chains = db.query<{ chain_id: Digest }, [string]>("SELECT chain_id FROM chains WHERE manifest = ? ORDER BY position DESC");
  const dropped: Dropped = {
    untagged: images.flatMap(({ names, repoDigests }) => [...names, ...repoDigests]),
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
  const sql = `SELECT container_id FROM container_images WHERE manifest IN (?1, ?2)
    OR manifest IN (SELECT digest FROM edges WHERE manifest = ?1 AND role = 'child') ORDER BY container_id`;
  const query = db.query<{ container_id: string }, [string, string]>(sql);
  return images.flatMap(({ digest, manifest }) => query.all(digest, manifest).map(({ container_id }) => container_id));
}

function refuseInUse(db: Writer, images: readonly StoredImage[], text: string, { force, isRunning }: RemoveOptions): void {
  const users = containersOf(db, images);
  const running = users.find((id) => isRunning?.(id) === true);
  if (running !== undefined) {
    throw new TeuError("conflict", `remove image ${text}: container ${running} runs from it; stop and remove the container first`);
  }
  if (users.length > 0 && force !== true) {
    throw new TeuError("conflict", `remove image ${text}: used by container ${users.join(", ")}; remove the container first, or force it`);
  }
}

/** `docker.io/library/debian` of a name with a tag or a digest. */
export function repositoryOf(name: string): string {
  const bare = name.split("@")[0] ?? name;
  const colon = bare.lastIndexOf(":");
  return colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
}
