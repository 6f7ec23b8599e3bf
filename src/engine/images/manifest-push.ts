// Use case `manifest push`: a list with all its images, fetched from where they came from, to a registry or anywhere else.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { parseTransportName, type TransportName } from "../../image/archives/transport-name.ts";
import { copyImage } from "../../image/copy/copy.ts";
import { ListSource } from "../../image/copy/manifest-list.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import { type ImageReference, parseReference } from "../../spec/distribution/reference.ts";
import type { MediaFamily } from "../../spec/image/media-types.ts";
import type { ImageEngine } from "./image-engine.ts";
import { deleteManifestList, findManifestList, type ManifestList, openOrigin } from "./manifest-lists.ts";
import type { RegistryAccess } from "./network.ts";
import { openDestination } from "./transports.ts";

export interface ManifestPushOptions {
  /** `transport:rest`; what the list's name means in its registry, when absent. */
  readonly destination?: string | undefined;
  /** Of the destination's registry, and of images from there. */
  readonly access?: RegistryAccess | undefined;
  readonly format?: MediaFamily | undefined;
  /** Forgets the list then. */
  readonly purge?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

export interface PushedList {
  readonly digest: Digest;
  /** Images that came from other repositories, as they are called at the destination: `host/app@sha256:…`. */
  readonly moved: readonly { readonly reference: string; readonly digest: Digest }[];
}

/** @throws TeuError `not-found` for a list, or an image of it, that is gone; what both ends say */
export async function pushManifestList(images: ImageEngine, text: string, options: ManifestPushOptions = {}): Promise<PushedList> {
  const list = await findManifestList(images, text);
  if (list === undefined) throw new TeuError("not-found", `No such manifest: ${text}`);
  if (list.index.manifests.length === 0) throw new TeuError("invalid", `push ${text}: the list is empty`);
  const { access, signal, onProgress, format } = options;
  const name: TransportName =
    options.destination === undefined ? { transport: "docker", reference: list.name } : parseTransportName(options.destination);
  const target = name.transport === "docker" ? parseReference(name.reference) : undefined;
  await using open = new AsyncDisposableStack();
  const sources: ImageSource[] = [];
  const origins: TransportName[] = [];
  for (const [digest, origin] of distinct(list)) {
    const from = parseTransportName(origin);
    const same = from.transport === "docker" && parseReference(from.reference).registry === target?.registry;
    sources.push(open.use(await openOrigin(images, list, digest, { signal, ...(same ? { access } : {}) })));
    origins.push(from);
  }
  const mountFrom = neighbours(origins, target);
  const destination = open.use(await openDestination(images, name, { access, signal, mountFrom }));
  const { manifest } = await copyImage(new ListSource(text, list.index, sources), destination, {
    platform: images.platform,
    all: true,
    direction: "out",
    ...(format === undefined ? {} : { format }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  if (options.purge === true) await deleteManifestList(images, text);
  const moved = Object.entries(list.origins).flatMap(([digest, origin]) => {
    const from = parseTransportName(origin);
    const stays = from.transport === "docker" && target !== undefined && samePlace(parseReference(from.reference), target);
    const entry = list.index.manifests.find((descriptor) => descriptor.digest === digest);
    return stays || target === undefined || entry === undefined
      ? []
      : [{ reference: `${target.registry}/${target.repository}@${entry.digest}`, digest: entry.digest }];
  });
  return { digest: manifest.digest, moved };
}

/** The images of a list, of those from one registry's name one: it gives the others, too. */
function distinct({ index, origins }: ManifestList): readonly (readonly [Digest, string])[] {
  const seen = new Set<string>();
  return index.manifests.flatMap(({ digest }) => {
    const origin = origins[digest] ?? "";
    const isOne = parseTransportName(origin).transport !== "store" && seen.has(origin);
    seen.add(origin);
    return isOne ? [] : [[digest, origin] as const];
  });
}

/** Repositories of the destination's registry that have blobs of the images. */
function neighbours(origins: readonly TransportName[], target: ImageReference | undefined): readonly string[] {
  const references = origins.flatMap((origin) => (origin.transport === "docker" ? [parseReference(origin.reference)] : []));
  return [...new Set(references.filter(({ registry }) => registry === target?.registry).map(({ repository }) => repository))];
}

function samePlace(a: ImageReference, b: ImageReference): boolean {
  return a.registry === b.registry && a.repository === b.repository;
}
