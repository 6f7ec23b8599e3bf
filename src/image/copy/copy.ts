// Copies images from any source to any destination without unpacking them: blobs first, several at a time and each once, then manifests
// from the inside out, then the commit that makes all of it visible. distribution-spec 1.1, "Pushing Manifests", wants that order.
import { algorithmOf, type Digest, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { expectLongWork } from "../../base/jit.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageIndex, ImageManifest } from "../../spec/image/manifest.ts";
import { matchPlatform } from "../../spec/image/match-platform.ts";
import { type MediaFamily, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { type ParsedManifest, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { type LayerState, layerId, type ProgressSink } from "../ports/progress.ts";
import type { ImageDestination, ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { convertIndex, convertManifest, needsConversion } from "./convert.ts";
import { all, Limiter } from "./limiter.ts";

export interface CopyOptions {
  /** Which image of an index is copied; the host's, in most cases. */
  readonly platform: Platform;
  /** The index whole, with all that it lists. */
  readonly all?: boolean;
  /** Changes media types where the image has others. Without it, only for destinations that take no others. */
  readonly format?: MediaFamily;
  /** Refuses to change a digest. */
  readonly preserveDigests?: boolean;
  /** What refers to the image (signatures, bills of materials) goes with it, where the source knows. */
  readonly referrers?: boolean;
  /** More destinations that get the same, one after another: other tags of a repository. */
  readonly additional?: readonly ImageDestination[];
  /** Blobs at a time. */
  readonly parallel?: number;
  /** Told of the layers, in the words of a pull (`in`, the default) or a push. */
  readonly onProgress?: ProgressSink;
  readonly direction?: "in" | "out";
  readonly signal?: AbortSignal;
}

export interface CopyResult {
  /** What the destination's name means now. */
  readonly manifest: ManifestBytes;
  /** Digests that changed with the format, from and to. */
  readonly converted: readonly (readonly [Digest, Digest])[];
  /** Bytes moved, without blobs that were there. */
  readonly bytes: number;
  readonly blobs: { readonly copied: number; readonly present: number };
}

/** What a copy is called at each step, seen from here. */
const STATES = {
  in: { waiting: "waiting", moving: "downloading", moved: "downloaded", present: "present" },
  out: { waiting: "preparing", moving: "pushing", moved: "pushed", present: "present-there" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, LayerState>>>>;

const PARALLEL = 3;
/** An index in an index in an index … no maker of images nests twice. */
const DEEPEST_INDEX = 4;
/** Manifests of one copy: hostile indexes can list each other's children without end. */
const MOST_MANIFESTS = 5000;

/**
 * Copies an image, or an index whole.
 * @throws TeuError `not-found` when the platform is none of the index, `unsupported` when the format cannot be changed; errors of both ends.
 */
export async function copyImage(source: ImageSource, destination: ImageDestination, options: CopyOptions): Promise<CopyResult> {
  expectLongWork();
  const root = await chooseRoot(source, options);
  const first = new Copy(source, destination, options);
  const manifest = await first.copyTree(root);
  for (const other of options.additional ?? []) await new Copy(source, other, options).copyTree(root);
  return { manifest, converted: first.converted, bytes: first.bytes, blobs: { copied: first.copied, present: first.present } };
}

interface Document {
  readonly bytes: ManifestBytes;
  readonly parsed: ParsedManifest;
}

/** A manifest from a source, held against its digest whoever the source is. */
async function fetchDocument(source: ImageSource, digest: Digest | undefined, options: TransferOptions): Promise<Document> {
  const bytes = await source.manifest(digest, options);
  const wanted = digest ?? bytes.digest;
  if (digestOf(bytes.bytes, algorithmOf(wanted)) !== wanted) {
    throw new TeuError("invalid", `read the manifest ${wanted} of ${source.name}: its bytes have another digest`);
  }
  return { bytes: { ...bytes, digest: wanted }, parsed: parseManifest(bytes.bytes, bytes.mediaType) };
}

/** The document that is to be copied: the whole index, or the image of one platform in it. */
async function chooseRoot(source: ImageSource, options: CopyOptions): Promise<Document> {
  let document = await fetchDocument(source, undefined, options);
  for (let depth = 0; options.all !== true; depth++) {
    const { index } = document.parsed;
    if (index === undefined) break;
    if (depth === DEEPEST_INDEX)
      throw new TeuError("invalid", `copy ${source.name}: its indexes are nested more than ${DEEPEST_INDEX} deep`);
    document = await fetchDocument(source, chooseChild(index, options.platform).digest, options);
  }
  return document;
}

/** An image of the platform, or an index inside that says it is for it, or the only index there is. */
function chooseChild(index: ImageIndex, platform: Platform): Descriptor {
  const nested = index.manifests.filter(({ mediaType }) => mediaTypeFacts(mediaType).kind === "index");
  const [only] = nested;
  if (only !== undefined && nested.length === index.manifests.length && nested.length === 1) return only;
  return matchPlatform(index, platform);
}

class Copy {
  readonly #source: ImageSource;
  readonly #destination: ImageDestination;
  readonly #options: CopyOptions;
  readonly #limiter: Limiter;
  /** Each blob and manifest once, however often it is listed. */
  readonly #blobs = new Map<Digest, Promise<void>>();
  readonly #manifests = new Map<Digest, Promise<ManifestBytes>>();
  readonly #layers = new Set<Digest>();
  readonly #states: (typeof STATES)[keyof typeof STATES];
  readonly #ended = new AbortController();
  readonly #transfer: TransferOptions;
  #failure: unknown;
  readonly converted: (readonly [Digest, Digest])[] = [];
  bytes = 0;
  copied = 0;
  present = 0;

  constructor(source: ImageSource, destination: ImageDestination, options: CopyOptions) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#limiter = new Limiter(options.parallel ?? PARALLEL);
    this.#states = STATES[options.direction ?? "in"];
    const { signal } = options;
    this.#transfer = { signal: signal === undefined ? this.#ended.signal : AbortSignal.any([signal, this.#ended.signal]) };
  }

  /** Copies a document and all below it, names it, and commits. */
  async copyTree(root: Document): Promise<ManifestBytes> {
    try {
      const named = await this.#document(root, 0, true);
      await this.#destination.commit();
      return named;
    } catch (error) {
      throw this.#failure ?? error; // what was ended because of the first failure is none of its own
    }
  }

  async #document({ bytes, parsed }: Document, depth: number, named: boolean): Promise<ManifestBytes> {
    this.#options.signal?.throwIfAborted();
    const family = this.#familyFor(bytes);
    const put =
      parsed.index === undefined
        ? await this.#image(bytes, parsed.manifest, family)
        : await this.#index(bytes, parsed.index, family, depth);
    if (put.digest !== bytes.digest) this.converted.push([bytes.digest, put.digest]);
    await this.#destination.putManifest(put, { ...this.#transfer, named });
    // After its subject, whose digest they name: nothing of it may change.
    if (this.#options.referrers === true && put.digest === bytes.digest) await this.#referrers(bytes.digest, depth);
    return put;
  }

  async #image(bytes: ManifestBytes, manifest: ImageManifest, family: MediaFamily | undefined): Promise<ManifestBytes> {
    // Before the blobs: what cannot be converted moves nothing.
    const put = family === undefined ? bytes : convertManifest(manifest, family);
    for (const { digest } of manifest.layers) this.#layers.add(digest);
    await all([manifest.config, ...manifest.layers].map((descriptor) => this.#blob(descriptor)));
    return put;
  }

  async #index(bytes: ManifestBytes, index: ImageIndex, family: MediaFamily | undefined, depth: number): Promise<ManifestBytes> {
    if (depth === DEEPEST_INDEX)
      throw new TeuError("invalid", `copy ${this.#source.name}: its indexes are nested more than ${DEEPEST_INDEX} deep`);
    const children: ManifestBytes[] = [];
    for (const { digest } of index.manifests) children.push(await this.#child(digest, depth + 1));
    const isSame = family === undefined && children.every(({ digest }, at) => digest === index.manifests[at]?.digest);
    return isSame ? bytes : convertIndex(index, children, family);
  }

  #child(digest: Digest, depth: number): Promise<ManifestBytes> {
    const begun = this.#manifests.get(digest);
    if (begun !== undefined) return begun;
    if (this.#manifests.size >= MOST_MANIFESTS) {
      throw new TeuError("invalid", `copy ${this.#source.name}: it has more than ${MOST_MANIFESTS} manifests`);
    }
    const child = fetchDocument(this.#source, digest, this.#transfer).then((document) => this.#document(document, depth, false));
    this.#manifests.set(digest, child);
    return child;
  }

  async #referrers(subject: Digest, depth: number): Promise<void> {
    if (depth >= DEEPEST_INDEX) return;
    for (const { digest } of (await this.#source.referrers?.(subject, this.#transfer)) ?? []) await this.#child(digest, depth + 1);
  }

  /** The family to convert to, or undefined where the document stays as it is. */
  #familyFor({ mediaType, digest }: ManifestBytes): MediaFamily | undefined {
    const { accepts } = this.#destination;
    const wanted = this.#options.format ?? (accepts === undefined || accepts.includes(mediaType) ? undefined : acceptedFamily(accepts));
    if (!needsConversion(mediaType, wanted)) return undefined;
    if (this.#options.preserveDigests !== true) return wanted;
    const [from, to] = [this.#source.name, this.#destination.name];
    throw new TeuError("conflict", `copy ${from} to ${to}: a change of format changes the digest ${digest}, which is to be kept`);
  }

  #blob(descriptor: Descriptor): Promise<void> {
    const begun = this.#blobs.get(descriptor.digest);
    if (begun !== undefined) return begun;
    this.#tell(descriptor, this.#states.waiting);
    const moved = this.#limiter
      .run(() => this.#moveBlob(descriptor))
      .catch((error: unknown) => {
        this.#failure ??= error;
        this.#tell(descriptor, "failed", { detail: error instanceof Error ? error.message : String(error) });
        this.#ended.abort(error);
        throw error;
      });
    this.#blobs.set(descriptor.digest, moved);
    return moved;
  }

  async #moveBlob(descriptor: Descriptor): Promise<void> {
    this.#transfer.signal?.throwIfAborted();
    const total = descriptor.size;
    // Whoever runs the image fetches these from their own place (image-spec layer.md, "Non-Distributable Layers").
    if (mediaTypeFacts(descriptor.mediaType).nondistributable && (descriptor.urls ?? []).length > 0) {
      this.#tell(descriptor, this.#states.present, { detail: "non-distributable" });
      return;
    }
    if (await this.#destination.hasBlob(descriptor, { ...this.#transfer, from: this.#source })) {
      this.present++;
      this.#tell(descriptor, this.#states.present, { total });
      return;
    }
    const onProgress = (current: number) => this.#tell(descriptor, this.#states.moving, { current, total });
    await this.#destination.putBlob(descriptor, (offset) => this.#open(descriptor, offset), { ...this.#transfer, onProgress });
    this.copied++;
    this.bytes += total;
    this.#tell(descriptor, this.#states.moved, { current: total, total });
  }

  /** A blob's bytes: from its descriptor where they are inside it, which parsing has checked. */
  async #open(descriptor: Descriptor, offset: number): Promise<AsyncIterable<Uint8Array>> {
    if (descriptor.data === undefined) return this.#source.blob(descriptor, { ...this.#transfer, offset });
    const bytes = new Uint8Array(Buffer.from(descriptor.data, "base64")).subarray(offset);
    return (async function* () {
      yield bytes;
    })();
  }

  /** Of layers only: people count those. */
  #tell(
    { digest }: Descriptor,
    state: LayerState,
    more: { readonly current?: number; readonly total?: number; readonly detail?: string } = {},
  ): void {
    if (this.#layers.has(digest)) this.#options.onProgress?.({ kind: "layer", id: layerId(digest), digest, state, ...more });
  }
}

function acceptedFamily(accepts: readonly string[]): MediaFamily | undefined {
  for (const type of accepts) {
    const { family } = mediaTypeFacts(type);
    if (family !== undefined) return family;
  }
  return undefined;
}
