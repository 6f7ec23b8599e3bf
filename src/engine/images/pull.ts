// Use case `pull`: an image from a registry into the store, its layers unpacked while they download; told in docker's words.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { listTags } from "../../image/client/listings.ts";
import { isMissing } from "../../image/client/manifests.ts";
import type { LayerEvent, ProgressSink } from "../../image/ports/progress.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import { familiarName, formatFamiliar, formatReference, type ImageReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { CachedSource } from "./cached-source.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";
import { receiveImage } from "./receive.ts";
import { recordImageEvents } from "./record-event.ts";

export interface PullOptions {
  /** The host's when absent. */
  readonly platform?: Platform | undefined;
  readonly access?: RegistryAccess | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface Pulled {
  readonly reference: ImageReference;
  /** Of what the name means: an index, where the registry has one. */
  readonly digest: Digest;
  /** The store had the name with this digest before. */
  readonly upToDate: boolean;
}

/** Made here, not pulled: `bootstrap:debian/bookworm`. No name of a registry has a slash behind what would be its tag. */
export const BOOTSTRAP = "bootstrap:";

/**
 * Pulls what a name means, from the first registry that has it.
 * @throws TeuError `not-found` when none has, with each one's words; what the registry, the network and the store say
 */
export async function pull(images: ImageEngine, text: string, options: PullOptions = {}): Promise<Pulled> {
  if (text.startsWith(BOOTSTRAP)) return (await import("./pull-bootstrap.ts")).pullBootstrap(images, text.slice(BOOTSTRAP.length), options);
  return firstOf(images, text, options, async (reference) => {
    if (reference.tag === undefined && reference.digest === undefined)
      options.onProgress?.({ kind: "message", text: "Using default tag: latest" });
    const whole = withDefaultTag(reference);
    const pulled = await pullReference(images, whole, options);
    tellStatus(options, formatFamiliar(whole), [pulled]);
    options.onProgress?.({ kind: "message", text: formatReference(whole), last: true });
    return pulled;
  });
}

/**
 * Pulls every tag of a repository.
 * @throws as `pull`; TeuError `invalid` for a name with a tag or a digest
 */
export async function pullAll(images: ImageEngine, text: string, options: PullOptions = {}): Promise<readonly Pulled[]> {
  return firstOf(images, text, options, async (reference) => {
    if (reference.tag !== undefined || reference.digest !== undefined)
      throw new TeuError("invalid", "tag can't be used with --all-tags/-a");
    const network = await images.network();
    const { signal, access, onProgress } = options;
    const tags = await Array.fromAsync(listTags(network.repository(reference, access), signal === undefined ? {} : { signal }));
    if (tags.length === 0) throw new TeuError("not-found", `pull ${text}: the repository has no tags`);
    const pulled: Pulled[] = [];
    for (const tag of tags) pulled.push(await pullReference(images, { ...reference, tag }, options));
    tellStatus(options, formatFamiliar(reference), pulled);
    onProgress?.({ kind: "message", text: formatReference(reference), last: true });
    return pulled;
  });
}

function tellStatus({ onProgress }: PullOptions, name: string, pulled: readonly Pulled[]): void {
  const status = pulled.every(({ upToDate }) => upToDate) ? "Image is up to date" : "Downloaded newer image";
  onProgress?.({ kind: "message", text: `Status: ${status} for ${name}` });
}

/** What a name can mean, tried in order: short names may be looked for in several registries. */
async function firstOf<T>(
  images: ImageEngine,
  text: string,
  { signal }: PullOptions,
  attempt: (reference: ImageReference) => Promise<T>,
): Promise<T> {
  const references = (await images.network()).names(text);
  const failures: TeuError[] = [];
  for (const reference of references) {
    try {
      return await attempt(reference);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TeuError) || references.length === 1) throw error;
      failures.push(error);
    }
  }
  throw new TeuError("not-found", `pull ${text}: no registry has it: ${failures.map(({ message }) => message).join("; ")}`);
}

async function pullReference(images: ImageEngine, reference: ImageReference, options: PullOptions): Promise<Pulled> {
  const { access, onProgress, signal, platform } = options;
  const network = await images.network();
  await using registry = network.source(reference, access);
  const source = new CachedSource(registry);
  const top = await source.manifest(undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw inWordsOfPull(error, reference);
  });
  const say = (words: string, id?: string) => onProgress?.({ kind: "message", text: words, ...(id === undefined ? {} : { id }) });
  say(`Pulling from ${reference.repository}`, reference.digest ?? reference.tag ?? "latest");
  const name = nameOf(reference);
  const before = images.store.names.find(name)?.digest;
  const lanes = onProgress === undefined ? undefined : new Lanes(onProgress, { quiet: images.store.names.find(top.digest) !== undefined });
  const { digest } = await receiveImage(images, source, {
    name,
    platform,
    signal,
    repository: `${reference.registry}/${reference.repository}`,
    onProgress: lanes?.take,
  });
  lanes?.finish();
  await recordImageEvents(images, [{ action: "pull", actor: formatFamiliar(reference), attributes: { name: familiarName(reference) } }]);
  say(`Digest: ${digest}`);
  return { reference, digest, upToDate: before === digest };
}

/** What a registry refuses, in docker's words: who reads them knows what to do. */
function inWordsOfPull(error: unknown, reference: ImageReference): unknown {
  if (!(error instanceof RegistryError)) return error;
  const { code, message } = error;
  if (code === "denied") {
    const words = `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'teu login'`;
    return new TeuError(code, `${words}: ${message}`, { cause: error });
  }
  return isMissing(error) ? new TeuError(code, `manifest for ${formatFamiliar(reference)} not found: ${message}`, { cause: error }) : error;
}

/** The canonical name that the store keeps: by digest where there is one, as docker does, whatever the tag. */
function nameOf({ tag, ...reference }: ImageReference): string {
  return formatReference(reference.digest === undefined && tag !== undefined ? { ...reference, tag } : reference);
}

/** States of a layer that does not move; of an image that is up to date nothing else is told. */
const STILL: ReadonlySet<string> = new Set(["waiting", "found", "present"]);

/** What is told of layers, from docker's first word for each to its last: also of those that were unpacked before they came. */
class Lanes {
  readonly #sink: ProgressSink;
  readonly #quiet: boolean;
  readonly #seen = new Set<Digest>();
  readonly #downloaded = new Map<Digest, LayerEvent>();

  /** `quiet`: layers that do not move are not told of. */
  constructor(sink: ProgressSink, { quiet }: { readonly quiet: boolean }) {
    this.#sink = sink;
    this.#quiet = quiet;
  }

  readonly take: ProgressSink = (event) => {
    if (event.kind === "message") return this.#sink(event);
    if (this.#quiet && STILL.has(event.state)) return;
    const isFirst = !this.#seen.has(event.digest);
    this.#seen.add(event.digest);
    if (event.state === "downloaded") this.#downloaded.set(event.digest, event);
    if (event.state === "pulled") this.#downloaded.delete(event.digest);
    this.#sink(isFirst && event.state === "waiting" ? { ...event, state: "found" } : event);
  };

  finish(): void {
    for (const { id, digest } of this.#downloaded.values()) this.#sink({ kind: "layer", id, digest, state: "pulled" });
  }
}
