// From OCI's media types to docker's and back: the documents have the same fields, and configurations the same bytes. image-spec 1.1
// media-types.md, "Compatibility Matrix".
import { digestOf } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { isImage } from "../../spec/image/artifact.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageIndex, ImageManifest } from "../../spec/image/manifest.ts";
import { inFamily, type MediaFamily, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { encodeManifest } from "../../spec/image/parse-manifest.ts";
import type { ManifestBytes } from "../ports/transport.ts";

const FAMILY_NAME: Readonly<Record<MediaFamily, string>> = { oci: "OCI", docker: "docker" };

function converted(descriptor: Descriptor, family: MediaFamily): Descriptor {
  const mediaType = inFamily(descriptor.mediaType, family);
  if (mediaType === undefined) {
    throw new TeuError(
      "unsupported",
      `convert to ${FAMILY_NAME[family]} format: it has nothing for ${descriptor.mediaType}; copy without --format`,
    );
  }
  return { ...descriptor, mediaType };
}

/** Whether a document is of another family than wanted. */
export function needsConversion(mediaType: string, family: MediaFamily | undefined): boolean {
  const { family: own } = mediaTypeFacts(mediaType);
  return family !== undefined && own !== undefined && own !== family;
}

export function manifestBytes(document: ImageManifest | ImageIndex): ManifestBytes {
  const bytes = encodeManifest(document);
  return { bytes, mediaType: document.mediaType, digest: digestOf(bytes) };
}

/** A manifest in another family. docker's have no annotations, no subject and no artifact types. @throws TeuError `unsupported`. */
export function convertManifest(manifest: ImageManifest, family: MediaFamily): ManifestBytes {
  const { config, layers } = manifest;
  const { mediaType } = converted({ ...config, mediaType: manifest.mediaType }, family);
  if (family === "oci")
    return manifestBytes({
      ...manifest,
      mediaType,
      config: converted(config, family),
      layers: layers.map((layer) => converted(layer, family)),
    });
  if (!isImage(manifest)) {
    throw new TeuError(
      "unsupported",
      `convert to docker format: this is no image but an artifact (${manifest.artifactType ?? config.mediaType})`,
    );
  }
  if (manifest.subject !== undefined)
    throw new TeuError("unsupported", "convert to docker format: its manifests cannot refer to a subject");
  const plain = (descriptor: Descriptor): Descriptor => {
    const { mediaType: type, digest, size, urls } = converted(descriptor, family);
    return { mediaType: type, digest, size, ...(urls === undefined ? {} : { urls }) };
  };
  return manifestBytes({ schemaVersion: 2, mediaType, config: plain(config), layers: layers.map(plain) });
}

/** An index in another family, or with other children; `children` in the order of the index's manifests. */
export function convertIndex(index: ImageIndex, children: readonly ManifestBytes[], family: MediaFamily | undefined): ManifestBytes {
  const mediaType = (family === undefined ? undefined : inFamily(index.mediaType, family)) ?? index.mediaType;
  const isDocker = mediaTypeFacts(mediaType).family === "docker";
  const manifests = index.manifests.map((descriptor, at): Descriptor => {
    const child = children[at];
    const current =
      child === undefined ? descriptor : { ...descriptor, mediaType: child.mediaType, digest: child.digest, size: child.bytes.length };
    if (!isDocker) return current;
    const { mediaType: type, digest, size, platform } = current;
    if (platform === undefined)
      throw new TeuError("unsupported", `convert to docker format: the manifest ${descriptor.digest} of the index has no platform`);
    return { mediaType: type, digest, size, platform };
  });
  if (isDocker) return manifestBytes({ schemaVersion: 2, mediaType, manifests });
  return manifestBytes({ ...index, mediaType, manifests });
}
