// What refers to a manifest: distribution-spec 1.1, "Listing Referrers", and where a registry lacks that, the index that clients keep
// themselves under a tag ("Referrers Tag Schema").
import { algorithmOf, type Digest, digestOf, hexOf } from "../../base/digest.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import type { Descriptor } from "../../spec/image/descriptor.ts";
import type { ImageIndex, ImageManifest } from "../../spec/image/manifest.ts";
import { OCI_INDEX } from "../../spec/image/media-types.ts";
import { encodeManifest, LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ManifestBytes, TransferOptions } from "../ports/transport.ts";
import { getManifest, isMissing, putManifest } from "./manifests.ts";
import type { Repository } from "./repository.ts";

/** `sha256-…`: at most 32 characters of algorithm and 64 of hexadecimal digits. */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`;
}

async function taggedReferrers(repository: Repository, digest: Digest, options: TransferOptions): Promise<readonly Descriptor[]> {
  try {
    const { bytes, mediaType } = await getManifest(repository, referrersTag(digest), options);
    const parsed = parseManifest(bytes, mediaType);
    return parsed.index?.manifests ?? [];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Descriptors of the manifests whose subject is `digest`; empty when there are none. @throws RegistryError */
export async function listReferrers(repository: Repository, digest: Digest, options: TransferOptions = {}): Promise<readonly Descriptor[]> {
  const { signal } = options;
  try {
    const response = await repository.connection.request({
      what: `list what refers to ${repository.display}@${digest}`,
      method: "GET",
      path: `${repository.path}referrers/${digest}`,
      headers: { accept: OCI_INDEX },
      scopes: repository.pull,
      expect: [200],
      ...(signal && { signal }),
    });
    const parsed = parseManifest(await response.read(LARGEST_MANIFEST), OCI_INDEX);
    return parsed.index?.manifests ?? [];
  } catch (error) {
    // 404 is the answer of a registry without this endpoint; others answer a path that they do not know in their own ways.
    if (!(error instanceof RegistryError && [400, 404, 405].includes(error.status))) throw error;
    return taggedReferrers(repository, digest, options);
  }
}

function descriptorOf(manifest: ManifestBytes, document: ImageManifest | ImageIndex): Descriptor {
  const { artifactType, annotations } = document;
  const config = "config" in document ? document.config.mediaType : undefined;
  const type = artifactType ?? config;
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations && { annotations }),
  };
}

/**
 * After a manifest with a subject was pushed to a registry that did not note it: adds the manifest to the index under the subject's
 * tag. Two clients at once may lose one entry, as the specification says of this fall-back.
 */
export async function tagReferrer(repository: Repository, manifest: ManifestBytes, options: TransferOptions = {}): Promise<void> {
  const parsed = parseManifest(manifest.bytes, manifest.mediaType);
  const document = parsed.index ?? parsed.manifest;
  const { subject } = document;
  if (subject === undefined) return;
  const known = await taggedReferrers(repository, subject.digest, options);
  if (known.some(({ digest }) => digest === manifest.digest)) return;
  const index: ImageIndex = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...known, descriptorOf(manifest, document)] };
  const bytes = encodeManifest(index);
  await putManifest(repository, referrersTag(subject.digest), { bytes, mediaType: OCI_INDEX, digest: digestOf(bytes) }, options);
}
