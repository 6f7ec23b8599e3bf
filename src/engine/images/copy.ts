// Use case `image copy`: an image, or an index whole, from anywhere to anywhere; into the store it is unpacked, too.
import { tmpdir } from "node:os";
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { parseTransportName, type TransportName } from "../../image/archives/transport-name.ts";
import { copyImage } from "../../image/copy/copy.ts";
import { RepackedSource } from "../../image/copy/repack.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageDestination, ImageSource } from "../../image/ports/transport.ts";
import { isTag, parseReference } from "../../spec/distribution/reference.ts";
import type { Compression, MediaFamily } from "../../spec/image/media-types.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { EndOptions } from "./end-options.ts";
import { newName } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";
import { openDestination, openSource } from "./transports.ts";

export interface CopyOptions {
  readonly source?: EndOptions;
  readonly destination?: EndOptions;
  /** Which image of an index; the host's when absent. */
  readonly platform?: Platform | undefined;
  /** The index whole. */
  readonly all?: boolean;
  readonly format?: MediaFamily | undefined;
  readonly preserveDigests?: boolean;
  /** Packs layers that are packed in another way. */
  readonly compression?: Compression | undefined;
  readonly compressionLevel?: number | undefined;
  /** More tags, or whole names, that the destination gets. */
  readonly additionalTags?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface Copied {
  /** Of what the destination's name means now. */
  readonly digest: Digest;
}

/**
 * Copies between two names, `transport:rest` or of the store.
 * @throws TeuError `invalid` for what is no name, `conflict` when a digest was to be kept and cannot be; what both ends say
 */
export async function copy(images: ImageEngine, from: string, to: string, options: CopyOptions = {}): Promise<Copied> {
  const [sourceName, name] = [parseTransportName(from), parseTransportName(to)];
  checkOptions(name, options);
  const tags = options.additionalTags ?? [];
  const { platform, signal, onProgress } = options;
  await using opened = await openSource(images, sourceName, { platform, signal, onProgress, ...options.source });
  await using repacked = repackedSource(images, opened, options);
  const source = repacked ?? opened;
  if (name.transport === "store")
    return await copyIntoStore(images, source, name.reference, { ...options, repository: repositoryOf(sourceName, options) });
  const end: EndOptions = { platform, signal, ...options.destination };
  const archived = name.transport === "docker-archive";
  await using ends = new AsyncDisposableStack();
  const destination = ends.use(
    await openDestination(images, name, archived ? { ...end, names: tags.map((tag) => besides(name, tag)) } : end),
  );
  const additional: ImageDestination[] = [];
  for (const tag of archived ? [] : tags) additional.push(ends.use(await openDestination(images, otherName(name, tag), end)));
  const { manifest } = await copyImage(source, destination, { ...copyOptions(images, options), direction: "out", additional });
  return { digest: manifest.digest };
}

/** The registry's repository that has the same bytes, for RepoDigests. */
function repositoryOf(from: TransportName, { compression }: CopyOptions): string | undefined {
  if (from.transport !== "docker" || compression !== undefined) return undefined;
  const { registry, repository } = parseReference(from.reference);
  return `${registry}/${repository}`;
}

async function copyIntoStore(
  images: ImageEngine,
  source: ImageSource,
  reference: string,
  options: CopyOptions & { readonly repository: string | undefined },
): Promise<Copied> {
  const { platform, all = false, signal, onProgress, additionalTags = [] } = options;
  const name = await newName(images, reference);
  const others = await Promise.all(additionalTags.map((tag) => newName(images, besides({ transport: "store", reference }, tag))));
  const { digest } = await receiveImage(images, source, { name, repository: options.repository, platform, all, signal, onProgress });
  for (const other of others) images.store.names.tag(other, digest);
  return { digest };
}

/** Before anything moves. */
function checkOptions(to: TransportName, { format, preserveDigests, compression, additionalTags = [] }: CopyOptions): void {
  if (to.transport === "bootstrap")
    throw new TeuError("unsupported", `write to bootstrap:${to.recipe}: images are made from it, none can be put there`);
  if (preserveDigests === true && compression !== undefined)
    throw new TeuError("conflict", "copy with other compression: that changes the digests, which are to be kept");
  if (to.transport === "store" && format !== undefined)
    throw new TeuError(
      "unsupported",
      "copy into the store with --format: the store keeps images as they are; give the format when you copy them out",
    );
  if (additionalTags.length > 0 && !["docker", "docker-archive", "store"].includes(to.transport))
    throw new TeuError("unsupported", `copy with --additional-tag to ${to.transport}: only docker, docker-archive and the store have tags`);
}

function repackedSource(images: ImageEngine, source: ImageSource, options: CopyOptions): RepackedSource | undefined {
  const { compression, compressionLevel, all, platform = images.platform } = options;
  if (compression === undefined) return undefined;
  return new RepackedSource(source, {
    compression,
    ...(all === true ? {} : { platform }),
    temporary: tmpdir(),
    ...(compressionLevel === undefined ? {} : { level: compressionLevel }),
  });
}

function copyOptions(images: ImageEngine, { platform = images.platform, all, format, preserveDigests, signal, onProgress }: CopyOptions) {
  return {
    platform,
    ...(all === undefined ? {} : { all }),
    ...(format === undefined ? {} : { format }),
    ...(preserveDigests === undefined ? {} : { preserveDigests }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

function otherName(name: TransportName, tag: string): TransportName {
  return { transport: "docker", reference: besides(name, tag) };
}

/** A tag of the same repository, or a whole name. */
function besides(name: TransportName, tag: string): string {
  const own = "reference" in name ? name.reference : undefined;
  if (!isTag(tag)) return tag;
  if (own === undefined)
    throw new TeuError(
      "invalid",
      `copy with --additional-tag ${tag}: the archive's image has no name; give a whole one, such as debian:${tag}`,
    );
  const { registry, repository } = parseReference(own);
  return `${registry}/${repository}:${tag}`;
}
