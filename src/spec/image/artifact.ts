// What a manifest that is no image says of itself, and how it is listed among the referrers of its subject: image-spec 1.1 manifest.md,
// "Guidelines for Artifact Usage"; distribution-spec 1.1, "Listing Referrers", "Referrers Tag Schema".
import { algorithmOf, type Digest, digestOf, hexOf } from "../../base/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageIndex, ImageManifest } from "./manifest.ts";
import { DOCKER_CONFIG, OCI_CONFIG, OCI_EMPTY, OCI_INDEX } from "./media-types.ts";
import type { ParsedManifest } from "./parse-manifest.ts";

/** `{}`, for artifacts without a configuration or without content. */
export const EMPTY_DESCRIPTOR: Descriptor = { mediaType: OCI_EMPTY, digest: digestOf("{}"), size: 2, data: "e30=" };

/** The type of artifact: what the document says, else, of a manifest, the type of its config; undefined for images and plain indexes. */
export function artifactTypeOf(parsed: ParsedManifest): string | undefined {
  if (parsed.index !== undefined) return parsed.index.artifactType;
  const { artifactType, config } = parsed.manifest;
  return artifactType ?? (config.mediaType === OCI_EMPTY || isImageConfig(config) ? undefined : config.mediaType);
}

/** Whether a manifest is an image's, which can be unpacked and run. */
export function isImage(manifest: ImageManifest): boolean {
  return isImageConfig(manifest.config) && manifest.artifactType === undefined;
}

function isImageConfig({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/**
 * The entry of a manifest in the list of its subject's referrers: "artifactType MUST be set to the value of the artifactType in the image
 * manifest if present, otherwise to the config descriptor's mediaType"; annotations go along.
 */
export function referrerDescriptor(parsed: ParsedManifest, digest: Digest, size: number): Descriptor {
  const document = parsed.manifest ?? parsed.index;
  const artifactType =
    parsed.index === undefined ? (parsed.manifest.artifactType ?? parsed.manifest.config.mediaType) : parsed.index.artifactType;
  const { mediaType, annotations } = document;
  return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...(annotations && { annotations }) };
}

/** A list of referrers, of one artifact type when that is asked for. */
export function referrersIndex(referrers: readonly Descriptor[], artifactType?: string): ImageIndex {
  const manifests = referrers.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
}

/** The tag that stands for the list on registries without the API: `sha256-…`, of both parts the beginning. */
export function referrersTag(subject: Digest): string {
  return `${algorithmOf(subject).slice(0, 32)}-${hexOf(subject).slice(0, 64)}`;
}
