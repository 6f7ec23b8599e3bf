// A source that is asked once for each manifest: choosing an image of an index, and copying it, both want them.
import type { Digest } from "../../base/digest.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../../image/ports/transport.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";

export class CachedSource implements ImageSource {
  readonly name: string;
  readonly seekable: boolean;
  readonly #source: ImageSource;
  readonly #root: Digest | undefined;
  readonly #manifests: Map<Digest | undefined, Promise<ManifestBytes>>;

  constructor(source: ImageSource, root?: Digest, manifests = new Map<Digest | undefined, Promise<ManifestBytes>>()) {
    this.name = source.name;
    this.seekable = source.seekable;
    this.#source = source;
    this.#root = root;
    this.#manifests = manifests;
  }

  /** The same source, meaning one of the manifests inside it. */
  at(digest: Digest): CachedSource {
    return new CachedSource(this.#source, digest, this.#manifests);
  }

  async manifest(digest: Digest | undefined = this.#root, options: TransferOptions = {}): Promise<ManifestBytes> {
    const known = this.#manifests.get(digest);
    if (known !== undefined) return known;
    const asked = this.#source.manifest(digest, options);
    this.#manifests.set(digest, asked);
    const found = await asked;
    this.#manifests.set(found.digest, asked);
    return found;
  }

  blob(descriptor: Descriptor, options: TransferOptions & { readonly offset?: number } = {}): Promise<AsyncIterable<Uint8Array>> {
    return this.#source.blob(descriptor, options);
  }

  async referrers(digest: Digest, options: TransferOptions = {}): Promise<readonly Descriptor[]> {
    return (await this.#source.referrers?.(digest, options)) ?? [];
  }

  /** Its maker ends the source. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
