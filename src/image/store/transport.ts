// The store as one end of a copy: ImageSource and ImageDestination (ports/transport.ts).
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import type { ImageDestination, ImageSource, ManifestBytes, PutBlobOptions, TransferOptions } from "../ports/transport.ts";
import { type Blobs, readIfSound } from "./blobs.ts";
import type { StoreContext } from "./context.ts";
import { exportIndex } from "./index-file.ts";
import { ingest, type OpenAt, type Tap } from "./ingest.ts";
import { type Lease, openLease } from "./leases.ts";
import { edgesOf, findManifest, readManifest, recordManifest } from "./manifests.ts";
import { addRepository, nameImage, type StoredImage } from "./names.ts";

/** An image of the store, kept from garbage collection until the source is disposed of. */
export class StoreSource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly #context: StoreContext;
  readonly #blobs: Blobs;
  readonly #digest: Digest;
  readonly #lease: Lease;

  /** `image` must be leased by `lease`, which the source takes over. */
  constructor(
    context: StoreContext,
    blobs: Blobs,
    options: { readonly name: string; readonly image: Pick<StoredImage, "digest">; readonly lease: Lease },
  ) {
    this.name = options.name;
    this.#context = context;
    this.#blobs = blobs;
    this.#digest = options.image.digest;
    this.#lease = options.lease;
  }

  async manifest(digest: Digest = this.#digest): Promise<ManifestBytes> {
    const row = findManifest(this.#context.database.rows, digest);
    if (row === undefined) throw new TeuError("not-found", `read manifest ${digest} of ${this.name}: it is not in the store`);
    return { bytes: await this.#blobs.readSmall(digest, LARGEST_MANIFEST), mediaType: row.media_type, digest };
  }

  async blob(descriptor: Descriptor, options: TransferOptions & { readonly offset?: number } = {}): Promise<AsyncIterable<Uint8Array>> {
    return this.#blobs.open(descriptor.digest, options.offset ?? 0);
  }

  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    return referrersOf(this.#context, digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lease.release();
  }
}

/** Descriptors of the stored manifests whose subject is `digest`. */
export function referrersOf({ database }: StoreContext, digest: Digest): readonly Descriptor[] {
  const sql = `SELECT manifests.* FROM edges JOIN manifests ON manifests.digest = edges.manifest
    WHERE edges.digest = ? AND role = 'subject' ORDER BY manifests.digest`;
  return database.read((db) => {
    const rows = db.query<{ digest: Digest; media_type: string; size: number; artifact_type: string | null }, [string]>(sql).all(digest);
    return rows.map((row) => {
      const artifactType = row.artifact_type ?? edgesOf(db, row.digest, "config")[0]?.mediaType;
      return { mediaType: row.media_type, digest: row.digest, size: row.size, ...(artifactType === undefined ? {} : { artifactType }) };
    });
  });
}

export interface StoreDestinationOptions {
  /** Canonical; the image dangles without. */
  readonly imageName?: string | undefined;
  /** The registry's repository that the image comes from: it shows as `repository@digest`. */
  readonly repository?: string | undefined;
  /** Kept when the destination is disposed of; absent: it has its own, which ends then. */
  readonly lease?: Lease | undefined;
  /** What shall see the bytes of a blob as they come. */
  readonly tap?: ((descriptor: Descriptor) => Tap | undefined) | undefined;
}

/** Takes an image into the store; nothing of it is visible before `commit`, and all is protected until then. */
export class StoreDestination implements ImageDestination {
  readonly name: string;
  readonly #context: StoreContext;
  readonly #blobs: Blobs;
  readonly #options: StoreDestinationOptions;
  readonly #lease: Lease;
  readonly #manifests: { readonly manifest: ManifestBytes; readonly named: boolean }[] = [];

  constructor(context: StoreContext, blobs: Blobs, options: StoreDestinationOptions) {
    this.name = options.imageName ?? "the store";
    this.#context = context;
    this.#blobs = blobs;
    this.#options = options;
    this.#lease = options.lease ?? openLease(context);
  }

  /** Also leases it. No tap hears of a blob that is there: what of its layer is not unpacked is unpacked after the copy. */
  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor.digest, this.#lease);
  }

  putBlob(descriptor: Descriptor, open: OpenAt, options: PutBlobOptions = {}): Promise<void> {
    const { signal, onProgress } = options;
    return ingest(this.#context, descriptor, open, { lease: this.#lease, tap: this.#options.tap?.(descriptor), signal, onProgress });
  }

  async putManifest(manifest: ManifestBytes, options: TransferOptions & { readonly named: boolean }): Promise<void> {
    const { bytes, mediaType, digest } = manifest;
    const content = { mediaType, digest, size: bytes.length };
    await ingest(this.#context, content, async (offset) => once(bytes.subarray(offset)), { lease: this.#lease, signal: options.signal });
    this.#manifests.push({ manifest, named: options.named });
  }

  /**
   * @throws TeuError `not-found` when a blob that the image needs was not put; nothing is named then.
   */
  async commit(): Promise<void> {
    const { database, now, paths } = this.#context;
    const facts = this.#manifests.map(({ manifest, named }) => ({
      // A configuration that was not put is found missing in the transaction, with everything else that is.
      facts: readManifest(manifest, (config) => readIfSound(paths, config)),
      named,
    }));
    database.write(
      (db) => {
        for (const { facts: one } of facts) recordManifest(db, one);
        for (const { facts: one, named } of facts) {
          if (!named) continue;
          nameImage(db, { digest: one.row.digest, name: this.#options.imageName, time: now() });
          const { repository } = this.#options;
          if (repository !== undefined) addRepository(db, one.row.digest, repository);
        }
      },
      { durable: true },
    );
    exportIndex(this.#context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#options.lease === undefined) this.#lease.release();
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
