// Names and images: docker's model. An image's ID is the digest of its configuration, for an index of the host's platform's; any number
// of names lead to one image; an image that lost its last name dangles until it is pruned.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { type Digest, isDigest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { type StoreContext, usedBefore } from "./context.ts";
import { exportIndex } from "./index-file.ts";
import { edgesOf, findManifest, imageManifest, missingBlobs, presentChildren } from "./manifests.ts";

export interface StoredImage {
  /** The image's ID: its configuration's digest; of what has none the manifest's. */
  readonly id: Digest;
  /** What the names lead to: a manifest or an index. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the manifest or index. */
  readonly size: number;
  /** The manifest for the host's platform: `digest` itself unless that is an index. */
  readonly manifest: Digest;
  /** In canonical form, sorted. */
  readonly names: readonly string[];
  /** `repository@digest` as known from pulls and pushes, sorted. */
  readonly repoDigests: readonly string[];
  /** Milliseconds since the epoch: when it came, when it was used last (to the hour). */
  readonly stored: number;
  readonly used: number;
  /** When the last of its names was given; undefined without a name. */
  readonly tagged: number | undefined;
}

interface ImageRow {
  readonly digest: Digest;
  readonly created: number;
  readonly used: number;
}

export class Names {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /**
   * The image of a canonical name, of `repository@digest`, of an ID or manifest digest, or of the beginning of one's hexadecimal digits.
   * @throws TeuError `not-found`; `conflict` when the digits fit several images.
   */
  resolve(text: string): StoredImage {
    return this.#context.database.read((db) => requireImage(this.#context, db, text));
  }

  /** The same, undefined when there is none. */
  find(text: string): StoredImage | undefined {
    return this.#context.database.read((db) => findImage(this.#context, db, text));
  }

  /** All images, the last that came first. */
  list(): readonly StoredImage[] {
    return this.#context.database.read((db) => listImages(this.#context, db));
  }

  /**
   * Gives an image (or a manifest in the store) a name, taking it from the one that has it.
   * @throws TeuError `not-found` when the manifest or what it needs is not there.
   */
  tag(name: string, digest: Digest): void {
    const { database, now } = this.#context;
    database.write((db) => nameImage(db, { digest, name, time: now() }), { durable: true });
    exportIndex(this.#context);
  }

  /**
   * Takes a name away; the image stays, dangling if it was its last.
   * @throws TeuError `not-found`.
   */
  untag(name: string): void {
    this.#context.database.write((db) => dropName(db, name), { durable: true });
    exportIndex(this.#context);
  }

  /**
   * Lets all names of one image lead to another manifest, and drops the first: the same image, its layers packed in another way.
   * @throws TeuError `not-found` when the manifest or what it needs is not there.
   */
  replace(from: Digest, to: Digest): void {
    const { database, now } = this.#context;
    const time = now();
    database.write(
      (db) => {
        nameImage(db, { digest: to, name: undefined, time });
        db.run("UPDATE names SET digest = ?2 WHERE digest = ?1", [from, to]);
        db.run("DELETE FROM images WHERE digest = ?", [from]);
      },
      { durable: true },
    );
    exportIndex(this.#context);
  }

  /** Notes that a registry's repository has the manifest: it shows as `repository@digest`. */
  addRepository(digest: Digest, repository: string): void {
    this.#context.database.write((db) => addRepository(db, digest, repository));
  }

  /** Notes that an image was used now. */
  touch(digest: Digest): void {
    const { database, now } = this.#context;
    const row = database.rows.query<ImageRow, [string]>("SELECT * FROM images WHERE digest = ?").get(digest);
    if (row === null || row.used >= usedBefore(now())) return;
    database.write((db) => db.run("UPDATE images SET used = ? WHERE digest = ?", [now(), digest]));
  }
}

/** Makes a stored manifest an image and, with `name`, names it. @throws TeuError `not-found` when something of it is not there. */
export function nameImage(db: Writer, { digest, name, time }: { digest: Digest; name: string | undefined; time: number }): void {
  requireWhole(db, digest, `store image ${name ?? digest}`);
  db.run("INSERT INTO images VALUES (?1, ?2, ?2) ON CONFLICT DO UPDATE SET used = ?2", [digest, time]);
  if (name !== undefined) {
    db.run("INSERT INTO names VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET digest = ?2, created = ?3", [name, digest, time]);
  }
  namesChanged(db);
}

/** All that a manifest needs is there; of an index at least one child, and those that are there whole. */
function requireWhole(db: Writer, digest: Digest, what: string): void {
  const row = findManifest(db, digest);
  if (row === undefined) throw new TeuError("not-found", `${what}: manifest ${digest} is not in the store`);
  const missing = missingBlobs(db, digest)[0];
  if (missing !== undefined) throw new TeuError("not-found", `${what}: blob ${missing} is not in the store; pull the image again`);
  if (row.kind === "manifest" || edgesOf(db, digest, "child").length === 0) return;
  const children = presentChildren(db, digest);
  if (children.length === 0) throw new TeuError("not-found", `${what}: none of the manifests of index ${digest} is in the store`);
  for (const child of children) requireWhole(db, child.digest, what);
}

/** @throws TeuError `not-found`. */
export function dropName(db: Writer, name: string): void {
  const { changes } = db.run("DELETE FROM names WHERE name = ?", [name]);
  if (changes === 0) throw new TeuError("not-found", `untag ${name}: there is no image of this name`);
  namesChanged(db);
}

/** What index.json holds has changed; `exportIndex` sees it. */
export function namesChanged(db: Writer): void {
  db.run("UPDATE meta SET value = value + 1 WHERE key = 'names'");
}

export function listImages(context: StoreContext, db: Database): StoredImage[] {
  const rows = db.query<ImageRow, []>("SELECT * FROM images ORDER BY created DESC, digest").all();
  return rows.flatMap((row) => describeImage(context, db, row) ?? []);
}

/** Of what is no image nothing is noted. */
export function addRepository(db: Writer, digest: Digest, repository: string): void {
  db.run("INSERT OR IGNORE INTO repositories SELECT digest, ? FROM images WHERE digest = ?", [repository, digest]);
}

/** @throws TeuError `not-found`, `conflict`. */
export function requireImage(context: StoreContext, db: Database, text: string): StoredImage {
  const found = findImage(context, db, text);
  if (found === undefined) throw new TeuError("not-found", `image ${text}: it is not in the store`);
  return found;
}

export function findImage(context: StoreContext, db: Database, text: string): StoredImage | undefined {
  const named = db.query<ImageRow, [string]>("SELECT images.* FROM images JOIN names USING (digest) WHERE name = ?").get(text);
  if (named !== null) return describeImage(context, db, named);
  const [repository = "", digest] = text.split("@");
  if (digest !== undefined) {
    const sql = "SELECT images.* FROM images JOIN repositories USING (digest) WHERE repository = ? AND digest = ?";
    const row = db.query<ImageRow, [string, string]>(sql).get(repository, digest);
    return row === null ? undefined : describeImage(context, db, row);
  }
  return findByDigits(listImages(context, db), text);
}

/** Several manifests of one ID are one image to people: the named one, then the last that came, is meant. */
function findByDigits(images: readonly StoredImage[], text: string): StoredImage | undefined {
  if (!isDigest(text) && !/^(sha256:|sha512:)?[0-9a-f]+$/.test(text)) return undefined;
  const begins = (digest: Digest) => digest.startsWith(text) || digest.slice(digest.indexOf(":") + 1).startsWith(text);
  const byId = images.filter(({ id }) => begins(id));
  const found = byId.length > 0 ? byId : images.filter(({ digest }) => begins(digest));
  if (new Set(found.map(({ id }) => id)).size > 1) {
    throw new TeuError("conflict", `image ${text}: ${found.length} images begin so; give more digits`);
  }
  return found.find(({ names }) => names.length > 0) ?? found[0];
}

function describeImage({ platform }: StoreContext, db: Database, { digest, created, used }: ImageRow): StoredImage | undefined {
  const top = findManifest(db, digest);
  if (top === undefined) return undefined;
  const own = imageManifest(db, digest, platform) ?? top;
  const names = db
    .query<{ name: string; created: number }, [string]>("SELECT name, created FROM names WHERE digest = ? ORDER BY name")
    .all(digest);
  const repositories = db
    .query<{ repository: string }, [string]>("SELECT repository FROM repositories WHERE digest = ? ORDER BY repository")
    .all(digest);
  return {
    id: own.config ?? own.digest,
    digest,
    mediaType: top.media_type,
    size: top.size,
    manifest: own.digest,
    names: names.map(({ name }) => name),
    repoDigests: repositories.map(({ repository }) => `${repository}@${digest}`),
    stored: created,
    used,
    tagged: names.length === 0 ? undefined : Math.max(...names.map((row) => row.created)),
  };
}
