// Media types of images, as one table: image-spec 1.1 media-types.md; distribution docs/spec/manifest-v2-2.md, "Media Types".
// What is not in the table is an artifact's own and moves as it is.

export type MediaKind = "index" | "manifest" | "config" | "layer" | "other";
export type MediaFamily = "oci" | "docker";
export type Compression = "none" | "gzip" | "zstd";

export interface MediaTypeFacts {
  readonly kind: MediaKind;
  /** Undefined for types that are in neither specification. */
  readonly family: MediaFamily | undefined;
  /** Of a layer; `none` for all others. */
  readonly compression: Compression;
  /** A layer that registries need not hold and that is fetched from its `urls` (image-spec layer.md, "Non-Distributable Layers"). */
  readonly nondistributable: boolean;
}

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
/** The two bytes `{}`: the config or the only layer of an artifact that has none (manifest.md, "Guidance for an Empty Descriptor"). */
export const OCI_EMPTY = "application/vnd.oci.empty.v1+json";
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

/** docker's manifests of 2014 to 2016, without a configuration and with layers named by their compressed bytes only. */
export const DOCKER_SCHEMA_1: readonly string[] = [
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

type Row = readonly [type: string, kind: MediaKind, family: MediaFamily, compression?: Compression, nondistributable?: "foreign"];

/** Of several rows that say the same, the first is what is written. */
// biome-ignore format: table
const TABLE: readonly Row[] = [
  [OCI_INDEX,                                                             "index",    "oci"],
  [OCI_MANIFEST,                                                          "manifest", "oci"],
  [OCI_CONFIG,                                                            "config",   "oci"],
  [OCI_EMPTY,                                                             "other",    "oci"],
  ["application/vnd.oci.image.layer.v1.tar",                              "layer",    "oci",    "none"],
  ["application/vnd.oci.image.layer.v1.tar+gzip",                         "layer",    "oci",    "gzip"],
  ["application/vnd.oci.image.layer.v1.tar+zstd",                         "layer",    "oci",    "zstd"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar",             "layer",    "oci",    "none", "foreign"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",        "layer",    "oci",    "gzip", "foreign"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",        "layer",    "oci",    "zstd", "foreign"],
  [DOCKER_INDEX,                                                          "index",    "docker"],
  [DOCKER_MANIFEST,                                                       "manifest", "docker"],
  [DOCKER_CONFIG,                                                         "config",   "docker"],
  ["application/vnd.docker.image.rootfs.diff.tar",                        "layer",    "docker", "none"],
  ["application/vnd.docker.image.rootfs.diff.tar.gzip",                   "layer",    "docker", "gzip"],
  // In no specification of docker's, but written by BuildKit and read by containerd.
  ["application/vnd.docker.image.rootfs.diff.tar.zstd",                   "layer",    "docker", "zstd"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar",                "layer",    "docker", "none", "foreign"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",           "layer",    "docker", "gzip", "foreign"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.zstd",           "layer",    "docker", "zstd", "foreign"],
  // What the layers of a `docker save` archive are called by some.
  ["application/vnd.docker.image.rootfs.diff.tar+gzip",                   "layer",    "docker", "gzip"],
];

const OTHER: MediaTypeFacts = { kind: "other", family: undefined, compression: "none", nondistributable: false };

const FACTS: ReadonlyMap<string, MediaTypeFacts> = new Map(
  TABLE.map(([type, kind, family, compression = "none", foreign]) => [
    type,
    { kind, family, compression, nondistributable: foreign !== undefined },
  ]),
);

/** What a media type is; of kind `other` when it is in no table. */
export function mediaTypeFacts(mediaType: string): MediaTypeFacts {
  return FACTS.get(mediaType) ?? OTHER;
}

/** The media types of manifests and indexes, as an `Accept` header lists them. */
export const MANIFEST_TYPES: readonly string[] = TABLE.filter(([, kind]) => kind === "index" || kind === "manifest").map(([type]) => type);

/** `application/json` of `application/json; charset=utf-8`: the type without parameters, as it is compared (RFC 9110 §8.3.1). */
export function bareMediaType(header: string): string {
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/**
 * The type of the same meaning in the other family, for a change of format. Types that are in no table stay as they are.
 * Undefined where `family` has none: docker has no empty descriptor.
 */
export function inFamily(mediaType: string, family: MediaFamily): string | undefined {
  const facts = mediaTypeFacts(mediaType);
  if (facts.family === undefined || facts.family === family) return mediaType;
  return facts.kind === "other" ? undefined : typeOf(family, facts);
}

/** The media type of a layer that is compressed so. */
export function layerType(family: MediaFamily, compression: Compression, options: { readonly nondistributable?: boolean } = {}): string {
  const type = typeOf(family, { kind: "layer", compression, nondistributable: options.nondistributable ?? false });
  if (type === undefined) throw new RangeError(`the table of media types has no ${family} layer in ${compression}`);
  return type;
}

function typeOf(family: MediaFamily, wanted: Omit<MediaTypeFacts, "family">): string | undefined {
  for (const [type, facts] of FACTS) {
    if (facts.family !== family || facts.kind !== wanted.kind || facts.compression !== wanted.compression) continue;
    if (facts.nondistributable === wanted.nondistributable) return type;
  }
  return undefined;
}
