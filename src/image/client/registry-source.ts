// A repository's images as an ImageSource: asks the mirrors in order, then the registry; a blob comes from whoever gave the manifest
// first, and goes on at the next where one fails.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import type { Endpoint } from "../../spec/config/endpoints.ts";
import { formatReference, type ImageReference } from "../../spec/distribution/reference.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { openBlob } from "./blobs.ts";
import { type ClientContext, Connection } from "./connection.ts";
import { getManifest } from "./manifests.ts";
import { listReferrers } from "./referrers.ts";
import { openRepository, type Repository } from "./repository.ts";
import { openResuming } from "./resume.ts";

export class RegistrySource implements ImageSource {
  readonly name: string;
  readonly seekable = true;
  readonly reference: ImageReference;
  readonly #places: readonly Repository[];
  readonly #context: ClientContext;
  readonly #closed = new AbortController();
  /** The place that gave the last manifest. */
  #answered: Repository | undefined;

  constructor(reference: ImageReference, endpoints: readonly Endpoint[], context: ClientContext) {
    this.name = `docker://${formatReference(reference)}`;
    this.reference = reference;
    this.#context = context;
    this.#places = endpoints.map((endpoint) => openRepository(new Connection(endpoint, context), endpoint.repository));
  }

  /** The registry itself, last in the order. */
  get registry(): Repository {
    const last = this.#places.at(-1);
    if (last === undefined) throw new TeuError("unavailable", `${this.name}: there is no registry to ask`);
    return last;
  }

  async manifest(digest?: Digest, options: TransferOptions = {}): Promise<ManifestBytes> {
    const wanted = digest ?? this.reference.digest ?? this.reference.tag ?? "latest";
    const failures: unknown[] = [];
    for (const repository of this.#order()) {
      try {
        const manifest = await getManifest(repository, wanted, this.#options(options));
        this.#answered = repository;
        return manifest;
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof TeuError)) throw error;
        failures.push(error);
      }
    }
    throw allFailed(this.name, failures);
  }

  async blob(
    { digest, size }: Descriptor,
    { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const options = this.#options(signal ? { signal } : {});
    return openResuming({
      what: `pull blob ${digest} of ${this.name}`,
      size,
      offset,
      places: this.#order().map((place) => (at: number) => openBlob(place, digest, { ...options, offset: at })),
      attempts: this.#context.http.attempts,
      clock: this.#context.http.clock,
      ...options,
    });
  }

  async referrers(digest: Digest, options: TransferOptions = {}): Promise<readonly Descriptor[]> {
    return listReferrers(this.#answered ?? this.registry, digest, this.#options(options));
  }

  /** Ends what is still on its way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new TeuError("unavailable", `${this.name} is closed`));
  }

  /** Who answered before first, then the configured order. */
  #order() {
    const first = this.#answered;
    return this.#places.toSorted((a, b) => Number(b === first) - Number(a === first));
  }

  #options({ signal }: TransferOptions): { readonly signal: AbortSignal } {
    return { signal: signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]) };
  }
}

/** The registry's own failure is the one to tell; those of its mirrors are named with it. */
function allFailed(name: string, failures: readonly unknown[]): unknown {
  const [last, ...mirrors] = failures.toReversed();
  if (!(last instanceof TeuError)) return new TeuError("unavailable", `${name}: there is no registry to ask`);
  if (mirrors.length === 0) return last;
  const others = mirrors.toReversed().map((error) => (error instanceof Error ? error.message : String(error)));
  return new TeuError(last.code, `${last.message} (mirrors: ${others.join("; ")})`, { cause: last });
}
