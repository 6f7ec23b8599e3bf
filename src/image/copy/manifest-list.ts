// Manifest lists under construction: `manifest create`, `add`, `annotate`, `remove`, `inspect`, `push`. A list is an ImageIndex and nothing
// else; each function gives a new one. image-spec 1.1 image-index.md.
import { type Digest, digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { isImage } from "../../spec/image/artifact.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageIndex, ImageManifest } from "../../spec/image/manifest.ts";
import { DOCKER_INDEX, mediaTypeFacts, OCI_INDEX } from "../../spec/image/media-types.ts";
import { parseImageConfig, platformOfConfig } from "../../spec/image/parse-config.ts";
import { MOST_MANIFESTS, parseManifest } from "../../spec/image/parse-manifest.ts";
import { normalizePlatform, type Platform } from "../../spec/image/platform.ts";
import type { ImageSource, ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { readConfig } from "./read-config.ts";

/** What may be said of an image in a list; what is left out stays as it is. */
export interface ImageAnnotation {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
  /** Joined with those that are there. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AddOptions extends TransferOptions {
  /** Of an index: all of its images, not the index itself as one entry. */
  readonly all?: boolean;
  readonly annotation?: ImageAnnotation;
}

export function createList(annotations?: Readonly<Record<string, string>>): ImageIndex {
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], ...(annotations === undefined ? {} : { annotations }) };
}

/** Of a field that is not there nothing is written. */
const present = <T extends object>(fields: T) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const INDENT = 3;

/**
 * The bytes of a list, in the form and the order of fields that docker gives lists, so that both make the same digest of the same images.
 * It is docker's kind when all of its images are; docker goes by the first, which makes lists that neither specification has.
 */
export function listBytes(list: ImageIndex): Uint8Array {
  const { annotations, artifactType, subject, manifests } = list;
  const rest = present({ artifactType, subject, annotations });
  const isDocker =
    manifests.length > 0 &&
    manifests.every((entry) => mediaTypeFacts(entry.mediaType).family === "docker" && entry.annotations === undefined);
  const mediaType = isDocker && Object.keys(rest).length === 0 ? DOCKER_INDEX : OCI_INDEX;
  const entries = manifests.map(({ mediaType: type, size, digest, platform, ...others }) => ({
    mediaType: type,
    size,
    digest,
    ...(platform === undefined ? {} : { platform: inDockersOrder(platform) }),
    ...others,
  }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries, ...rest }, null, INDENT));
}

/** A platform with the order of fields that docker's lists have. */
export function inDockersOrder({ architecture, os, "os.version": version, "os.features": features, variant }: Platform): object {
  return present({ architecture, os, "os.version": version, "os.features": features, variant });
}

/**
 * A list with an image added, in the place of the same image and of another of the same platform. The platform is read from the image's
 * configuration, the annotation wins over it.
 * @throws TeuError `unsupported` for an index without `all`, and for artifacts without a platform of their own.
 */
export async function addToList(list: ImageIndex, source: ImageSource, options: AddOptions = {}): Promise<ImageIndex> {
  const root = await source.manifest(undefined, options);
  const { manifest, index } = parseManifest(root.bytes, root.mediaType);
  if (index !== undefined && options.all !== true) {
    throw new TeuError(
      "unsupported",
      `add ${source.name} to the list: it is an index of ${index.manifests.length} images; add all of them with --all`,
    );
  }
  const added = index === undefined ? [await describe(source, root, manifest, options)] : index.manifests;
  return added.reduce((grown, descriptor) => put(grown, annotated(descriptor, options.annotation ?? {})), list);
}

/** The descriptor of one image, with its platform. */
async function describe(
  source: ImageSource,
  { bytes, digest, mediaType }: ManifestBytes,
  manifest: ImageManifest,
  options: AddOptions,
): Promise<Descriptor> {
  const descriptor: Descriptor = { mediaType, digest, size: bytes.length };
  if (!isImage(manifest)) return manifest.artifactType === undefined ? descriptor : { ...descriptor, artifactType: manifest.artifactType };
  const platform = platformOfConfig(parseImageConfig(await readConfig(source, manifest.config, options)));
  return { ...descriptor, platform: normalizePlatform(platform) };
}

function samePlace(a: Descriptor, b: Descriptor): boolean {
  if (a.digest === b.digest) return true;
  if (a.platform === undefined || b.platform === undefined || a.platform.os === "unknown") return false;
  const key = ({ os, architecture, variant, "os.version": version, "os.features": features }: Platform) =>
    JSON.stringify([os, architecture, variant ?? "", version ?? "", features ?? []]);
  return key(a.platform) === key(b.platform);
}

function put(list: ImageIndex, added: Descriptor): ImageIndex {
  const at = list.manifests.findIndex((descriptor) => samePlace(descriptor, added));
  if (at >= 0) return { ...list, manifests: list.manifests.with(at, added) };
  if (list.manifests.length >= MOST_MANIFESTS) throw new TeuError("invalid", `add to the list: it has ${MOST_MANIFESTS} images already`);
  return { ...list, manifests: [...list.manifests, added] };
}

function annotated(descriptor: Descriptor, { os, architecture, variant, osVersion, osFeatures, annotations }: ImageAnnotation): Descriptor {
  const changes: Partial<Platform> = {
    ...(os === undefined ? {} : { os }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { "os.version": osVersion }),
    ...(osFeatures === undefined ? {} : { "os.features": osFeatures }),
  };
  const isChanged = Object.keys(changes).length > 0;
  const platform = isChanged ? { os: "linux", architecture: "", ...descriptor.platform, ...changes } : descriptor.platform;
  if (isChanged && platform?.architecture === "") {
    throw new TeuError("invalid", `annotate ${descriptor.digest}: it has no platform yet, so --arch is needed`);
  }
  return {
    ...descriptor,
    ...(platform === undefined ? {} : { platform }),
    ...(annotations === undefined ? {} : { annotations: { ...descriptor.annotations, ...annotations } }),
  };
}

function placeOf(list: ImageIndex, digest: Digest): number {
  const at = list.manifests.findIndex((descriptor) => descriptor.digest === digest);
  if (at < 0)
    throw new TeuError(
      "not-found",
      `find ${digest} in the list: it has ${list.manifests.map((entry) => entry.digest).join(", ") || "no image"}`,
    );
  return at;
}

/** @throws TeuError `not-found` when the list lacks the image. */
export function annotateInList(list: ImageIndex, digest: Digest, annotation: ImageAnnotation): ImageIndex {
  const at = placeOf(list, digest);
  const { manifests } = list;
  return { ...list, manifests: manifests.map((descriptor, place) => (place === at ? annotated(descriptor, annotation) : descriptor)) };
}

/** @throws TeuError `not-found` when the list lacks the image. */
export function removeFromList(list: ImageIndex, digest: Digest): ImageIndex {
  const at = placeOf(list, digest);
  return { ...list, manifests: list.manifests.toSpliced(at, 1) };
}

/**
 * A list as a source, for `copyImage` with `all`: that is `manifest push`. `sources` are asked in turn for what the list leads to; they
 * stay the caller's to close.
 */
export class ListSource implements ImageSource {
  readonly name: string;
  readonly seekable: boolean;
  readonly #list: ManifestBytes;
  readonly #sources: readonly ImageSource[];

  constructor(name: string, list: ImageIndex, sources: readonly ImageSource[]) {
    const bytes = listBytes(list);
    const { index = list } = parseManifest(bytes);
    this.name = name;
    this.seekable = sources.every(({ seekable }) => seekable);
    this.#list = { bytes, mediaType: index.mediaType, digest: digestOf(bytes) };
    this.#sources = sources;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async manifest(digest?: Digest, options?: TransferOptions): Promise<ManifestBytes> {
    if (digest === undefined || digest === this.#list.digest) return this.#list;
    return this.#first((source) => source.manifest(digest, options), `the manifest ${digest}`);
  }

  blob(descriptor: Descriptor, options?: TransferOptions & { readonly offset?: number }): Promise<AsyncIterable<Uint8Array>> {
    return this.#first((source) => source.blob(descriptor, options), `the blob ${descriptor.digest}`);
  }

  async #first<T>(ask: (source: ImageSource) => Promise<T>, what: string): Promise<T> {
    for (const source of this.#sources) {
      try {
        return await ask(source);
      } catch (error) {
        if (!(error instanceof TeuError && error.code === "not-found")) throw error;
      }
    }
    throw new TeuError("not-found", `read ${what} of the list ${this.name}: none of its images' sources has it`);
  }
}
