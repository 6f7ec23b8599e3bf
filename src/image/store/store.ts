// The content store: blobs, manifests, names, unpacked layers, and what keeps them or lets them go. One object that hands the parts out; each part
// is a file beside this one.
import { rm } from "node:fs/promises";
import { StateDatabase } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import type { ProcessIdentity } from "../../base/process-identity.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageConfig } from "../../spec/image/image-config.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { Blobs } from "./blobs.ts";
import { type CheckOptions, type CheckReport, check } from "./check.ts";
import { type Collected, type CollectOptions, collect } from "./collect.ts";
import type { ContainerImage, StoreContext } from "./context.ts";
import { type IngestOptions, ingest, type OpenAt } from "./ingest.ts";
import { Layers } from "./layers.ts";
import { addToLease, type Lease, openLease } from "./leases.ts";
import { Lists } from "./lists.ts";
import { Names, requireImage, type StoredImage } from "./names.ts";
import { StorePaths } from "./paths.ts";
import { applyPolicy, type ConfigFilter, passesFilter, pruneImages, type RetentionPolicy } from "./prune.ts";
import { rebuild } from "./rebuild.ts";
import { type Removed, type RemoveOptions, removeImage } from "./remove-image.ts";
import { Roots } from "./roots.ts";
import { MIGRATIONS } from "./schema.ts";
import { referrersOf, StoreDestination, type StoreDestinationOptions, StoreSource } from "./transport.ts";
import { type StoreUsage, storeUsage } from "./usage.ts";

export interface StoreOptions {
  /** The data directory; made, owner only, when something is stored. */
  readonly root: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly process: ProcessIdentity;
  /** Of the containers that run here. */
  readonly platform: Platform;
  /** Removes trees whose files may belong to mapped users; rm(1)'s way when absent. */
  readonly removeTree?: (path: string) => Promise<void>;
  /** The containers that there are: their images stay. Absent: those that `roots` was told of. */
  readonly containers?: () => readonly ContainerImage[];
}

export class Store {
  readonly blobs: Blobs;
  readonly names: Names;
  readonly layers: Layers;
  readonly roots: Roots;
  readonly lists: Lists;
  readonly #context: StoreContext;

  constructor(options: StoreOptions) {
    const paths = new StorePaths(options.root);
    const database = new StateDatabase(paths.database, {
      migrations: MIGRATIONS,
      prepare: () => paths.make(),
      fill: (db) => {
        paths.mark();
        rebuild(db, paths, options.now());
      },
    });
    const removeTree = options.removeTree ?? ((path) => rm(path, { recursive: true, force: true }));
    this.#context = {
      paths,
      database,
      now: options.now,
      self: options.process,
      platform: options.platform,
      removeTree,
      containers: options.containers,
      abandoned: new Set(),
    };
    this.blobs = new Blobs(this.#context);
    this.names = new Names(this.#context);
    this.layers = new Layers(this.#context);
    this.roots = new Roots(this.#context);
    this.lists = new Lists(this.#context);
  }

  /** Protects what it is told until it is released or this process ends. */
  lease(): Lease {
    return openLease(this.#context);
  }

  /** Makes a blob be in the store: see `ingest.ts`. */
  putBlob(descriptor: Descriptor, open: OpenAt, options: IngestOptions): Promise<void> {
    return ingest(this.#context, descriptor, open, options);
  }

  /**
   * An image as the source of a copy, by whatever `names.resolve` takes.
   * @throws TeuError `not-found`, `conflict`.
   */
  source(text: string): StoreSource {
    const lease = this.lease();
    try {
      const image = this.#leaseImage(text, lease);
      return new StoreSource(this.#context, this.blobs, { name: text, image, lease });
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /**
   * A manifest as the source of a copy, also when no name leads to it any more: a list keeps it.
   * @throws TeuError `not-found`, when its bytes are asked for.
   */
  sourceOf(digest: Digest): StoreSource {
    const lease = this.lease();
    lease.add("blob", digest);
    return new StoreSource(this.#context, this.blobs, { name: digest, image: { digest }, lease });
  }

  destination(options: StoreDestinationOptions = {}): StoreDestination {
    return new StoreDestination(this.#context, this.blobs, options);
  }

  /**
   * Finds an image and protects it, with all that it leads to, in the same moment.
   * @throws TeuError `not-found`, `conflict`.
   */
  useImage(text: string, lease: Lease): StoredImage {
    const image = this.#leaseImage(text, lease);
    this.names.touch(image.digest);
    return image;
  }

  /**
   * The configuration of an image's own platform.
   * @throws TeuError `not-found`; InvalidInputError for an artifact that is no image.
   */
  async config(image: StoredImage): Promise<ImageConfig> {
    return parseImageConfig(await this.blobs.readSmall(image.id, LARGEST_MANIFEST));
  }

  /** Descriptors of the stored manifests whose subject is `digest`. */
  referrers(digest: Digest): readonly Descriptor[] {
    return referrersOf(this.#context, digest);
  }

  /** Removes a name or an image: see `remove-image.ts`. */
  removeImage(text: string, options: RemoveOptions = {}): Promise<Removed> {
    return removeImage(this.#context, this.layers, text, options);
  }

  /** Removes images that are not in use; of named ones those that no container uses, with `all`. */
  pruneImages({ all = false, ...filter }: ConfigFilter & { readonly all?: boolean } = {}): Promise<Removed> {
    const filtered = filter.until !== undefined || (filter.labels?.length ?? 0) > 0;
    const accepts = (image: StoredImage) => this.#passes(image, filter);
    return pruneImages(this.#context, this.layers, filtered ? { all, accepts } : { all });
  }

  /** Removes dangling images that the policy does not keep; named ones stay. */
  applyPolicy(policy: RetentionPolicy): Promise<Removed> {
    return applyPolicy(this.#context, this.layers, policy);
  }

  /** Removes what nothing leads to. */
  collect(options: CollectOptions = {}): Promise<Collected> {
    return collect(this.#context, this.layers, options);
  }

  /** What the store takes of the disk. */
  usage(): StoreUsage {
    return storeUsage(this.#context);
  }

  check(options: CheckOptions = {}): Promise<CheckReport> {
    return check(this.#context, this.layers, options);
  }

  close(): void {
    this.#context.database.close();
  }

  /** An artifact has neither labels nor a time that we know; what is removed meanwhile passes nothing. */
  async #passes(image: StoredImage, filter: ConfigFilter): Promise<boolean> {
    try {
      return passesFilter(await this.config(image), filter);
    } catch (error) {
      if (error instanceof InvalidInputError) return passesFilter({}, filter);
      if (error instanceof TeuError && error.code === "not-found") return false;
      throw error;
    }
  }

  #leaseImage(text: string, lease: Lease): StoredImage {
    return this.#context.database.write((db) => {
      const image = requireImage(this.#context, db, text);
      addToLease(db, lease.id, "blob", image.digest);
      return image;
    });
  }
}

/** Touches nothing yet: the database is opened by the first use. */
export function openStore(options: StoreOptions): Store {
  return new Store(options);
}
