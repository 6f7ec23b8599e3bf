// A repository as an ImageDestination: leaves out blobs that it has, mounts those that other repositories of the registry have, uploads
// the rest, each digest once at a time; a name is given last, so that it never leads to what is not there.
import type { Digest } from "../../base/digest.ts";
import type { Endpoint } from "../../spec/config/endpoints.ts";
import { formatReference, type ImageReference } from "../../spec/distribution/reference.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ImageDestination, ImageSource, ManifestBytes, PutBlobOptions, TransferOptions } from "../ports/transport.ts";
import { headBlob } from "./blobs.ts";
import { type ClientContext, Connection } from "./connection.ts";
import { putManifest } from "./manifests.ts";
import { tagReferrer } from "./referrers.ts";
import { RegistrySource } from "./registry-source.ts";
import { openRepository, type Repository } from "./repository.ts";
import { type OpenBytes, uploadBlob } from "./upload.ts";
import { cancelSession, mountBlob } from "./upload-session.ts";

export interface DestinationOptions {
  /** Repositories of the same registry that may have a blob, best first: those that it was pulled from or pushed to. */
  readonly mountFrom?: (digest: Digest) => readonly string[];
}

/** More is slower than an upload. */
const MOST_MOUNTS_TRIED = 3;

export class RegistryDestination implements ImageDestination {
  readonly name: string;
  readonly #reference: ImageReference;
  readonly #repository: Repository;
  readonly #options: DestinationOptions;
  readonly #present = new Set<Digest>();
  readonly #uploads = new Map<Digest, Promise<void>>();
  /** Repositories that blobs were mounted from. */
  readonly #mounts = new Map<Digest, string>();
  /** Sessions that the registry opened in place of a mount. */
  readonly #sessions = new Map<Digest, URL>();
  readonly #names: { readonly reference: string; readonly manifest: ManifestBytes }[] = [];

  /** Pushes go to the registry itself, never to a mirror. */
  constructor(reference: ImageReference, endpoint: Endpoint, context: ClientContext, options: DestinationOptions = {}) {
    this.name = `docker://${formatReference(reference)}`;
    this.#reference = reference;
    this.#options = options;
    this.#repository = openRepository(new Connection(endpoint, context), endpoint.repository);
  }

  async hasBlob({ digest, size }: Descriptor, { signal, from }: TransferOptions & { readonly from?: ImageSource } = {}): Promise<boolean> {
    const options = signal === undefined ? {} : { signal };
    if (this.#present.has(digest)) return true;
    const found = await headBlob(this.#repository, digest, options);
    const whole = found !== undefined && (found.size ?? size) === size;
    const there = whole || (await this.#mounted(digest, this.#candidates(digest, from), options));
    if (there) this.#present.add(digest);
    return there;
  }

  /** The repository that a blob was mounted from; undefined for one that was there, or came with its bytes. */
  mountedFrom(digest: Digest): string | undefined {
    return this.#mounts.get(digest);
  }

  async putBlob(descriptor: Descriptor, open: OpenBytes, { signal, onProgress }: PutBlobOptions = {}): Promise<void> {
    const { digest } = descriptor;
    for (let running = this.#uploads.get(digest); running !== undefined; running = this.#uploads.get(digest)) {
      // Its failure is its caller's; this one tries for itself then.
      await running.catch(() => undefined);
      if (this.#present.has(digest)) return;
    }
    const session = this.#sessions.get(digest);
    this.#sessions.delete(digest);
    const upload = uploadBlob(this.#repository, descriptor, open, {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
      ...(session && { session }),
    });
    this.#uploads.set(digest, upload);
    try {
      await upload;
      this.#present.add(digest);
    } finally {
      this.#uploads.delete(digest);
    }
  }

  async putManifest(manifest: ManifestBytes, { named, signal }: TransferOptions & { readonly named: boolean }): Promise<void> {
    const { tag } = this.#reference;
    if (named && tag !== undefined) this.#names.push({ reference: tag, manifest });
    else await this.#put(manifest.digest, manifest, signal ? { signal } : {});
  }

  /** Gives the manifests their names. */
  async commit(): Promise<void> {
    for (let next = this.#names.shift(); next !== undefined; next = this.#names.shift()) await this.#put(next.reference, next.manifest, {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.values()) await cancelSession(this.#repository, session);
    this.#sessions.clear();
  }

  async #put(reference: string, manifest: ManifestBytes, options: TransferOptions): Promise<void> {
    const { notedSubject } = await putManifest(this.#repository, reference, manifest, options);
    const { manifest: image, index } = parseManifest(manifest.bytes, manifest.mediaType);
    if (!notedSubject && (image ?? index)?.subject !== undefined) await tagReferrer(this.#repository, manifest, options);
  }

  #candidates(digest: Digest, from: ImageSource | undefined): readonly string[] {
    const same =
      from instanceof RegistrySource && from.registry.connection.endpoint.registry === this.#repository.connection.endpoint.registry;
    const names = [...(same ? [from.registry.name] : []), ...(this.#options.mountFrom?.(digest) ?? [])];
    return [...new Set(names)].filter((name) => name !== this.#repository.name).slice(0, MOST_MOUNTS_TRIED);
  }

  async #mounted(digest: Digest, candidates: readonly string[], options: TransferOptions): Promise<boolean> {
    for (const from of candidates) {
      const answer = await mountBlob({ repository: this.#repository, digest, ...options }, from);
      const open = this.#sessions.get(digest);
      if (answer === undefined) continue;
      this.#sessions.delete(digest);
      if (open !== undefined) await cancelSession(this.#repository, open);
      if (answer === true) {
        this.#mounts.set(digest, from);
        return true;
      }
      this.#sessions.set(digest, answer);
    }
    return false;
  }
}
