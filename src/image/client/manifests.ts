// Manifests of a repository: distribution-spec 1.1, "Pulling manifests", "Pushing Manifests", "Deleting Manifests".
import { algorithmOf, type Digest, digestOf, isDigest } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import { InvalidReferenceError, isTag } from "../../spec/distribution/reference.ts";
import { bareMediaType, MANIFEST_TYPES, mediaTypeFacts } from "../../spec/image/media-types.ts";
import { LARGEST_MANIFEST } from "../../spec/image/parse-manifest.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, object, optional } from "../../spec/json/shape.ts";
import type { ManifestBytes, TransferOptions } from "../ports/transport.ts";
import type { HttpResponse } from "./http.ts";
import type { Repository } from "./repository.ts";

const ACCEPT = [...MANIFEST_TYPES, "*/*;q=0.5"].join(", ");
const TYPED = object<{ readonly mediaType?: string }>({ mediaType: optional(anyString) });

function manifestPath(repository: Repository, reference: string): string {
  if (!isTag(reference) && !isDigest(reference))
    throw new InvalidReferenceError(`${JSON.stringify(reference)} is neither a tag nor a digest`);
  return `${repository.path}manifests/${reference}`;
}

const named = (repository: Repository, reference: string) => `${repository.display}${isDigest(reference) ? "@" : ":"}${reference}`;

/** What the registry says it is; what the document says where the registry speaks of JSON at large. */
function mediaTypeOf(response: HttpResponse, bytes: Uint8Array, what: string): string {
  const told = bareMediaType(response.headers.get("content-type") ?? "");
  if (mediaTypeFacts(told).kind !== "other") return told;
  const { value } = readJson(bytes, { subject: what, shape: TYPED });
  return value.mediaType ?? told;
}

/**
 * The manifest that a tag or digest means, its digest checked.
 * @throws RegistryError (`not-found`), InvalidInputError when the bytes are not those of the digest.
 */
export async function getManifest(repository: Repository, reference: string, { signal }: TransferOptions = {}): Promise<ManifestBytes> {
  const what = `pull manifest ${named(repository, reference)}`;
  const response = await repository.connection.request({
    what,
    method: "GET",
    path: manifestPath(repository, reference),
    headers: { accept: ACCEPT },
    scopes: repository.pull,
    expect: [200],
    ...(signal && { signal }),
  });
  const bytes = await response.read(LARGEST_MANIFEST);
  const told = response.headers.get("docker-content-digest") ?? "";
  const wanted = isDigest(reference) ? reference : isDigest(told) ? told : digestOf(bytes);
  if (digestOf(bytes, algorithmOf(wanted)) !== wanted)
    throw new InvalidInputError(`the manifest ${named(repository, reference)}`, [
      { field: "digest", message: `its bytes are not those of ${wanted}` },
    ]);
  return { bytes, digest: wanted, mediaType: mediaTypeOf(response, bytes, what) };
}

/** The digest and size of a manifest, or undefined when there is none of that tag or digest. */
export async function headManifest(
  repository: Repository,
  reference: string,
  { signal }: TransferOptions = {},
): Promise<{ readonly digest: Digest | undefined; readonly mediaType: string; readonly size: number } | undefined> {
  const response = await repository.connection.request({
    what: `look for manifest ${named(repository, reference)}`,
    method: "HEAD",
    path: manifestPath(repository, reference),
    headers: { accept: ACCEPT },
    scopes: repository.pull,
    expect: [200, 404],
    ...(signal && { signal }),
  });
  await response.discard();
  if (response.status === 404) return undefined;
  const told = response.headers.get("docker-content-digest") ?? "";
  return {
    digest: isDigest(told) ? told : undefined,
    mediaType: bareMediaType(response.headers.get("content-type") ?? ""),
    size: Number(response.headers.get("content-length") ?? 0),
  };
}

/**
 * Stores a manifest under a tag or its digest; whether the registry has noted its subject (header `OCI-Subject`).
 * @throws RegistryError, TeuError when the registry says it holds other bytes.
 */
export async function putManifest(
  repository: Repository,
  reference: string,
  manifest: ManifestBytes,
  { signal }: TransferOptions = {},
): Promise<{ readonly notedSubject: boolean }> {
  const response = await repository.connection.request({
    what: `push manifest ${named(repository, reference)}`,
    method: "PUT",
    path: manifestPath(repository, reference),
    headers: { "content-type": manifest.mediaType },
    body: manifest.bytes,
    scopes: repository.push,
    expect: [200, 201, 202],
    ...(signal && { signal }),
  });
  await response.discard();
  const told = response.headers.get("docker-content-digest") ?? "";
  if (isDigest(told) && algorithmOf(told) === algorithmOf(manifest.digest) && told !== manifest.digest)
    throw new TeuError(
      "internal",
      `push manifest ${named(repository, reference)}: the registry holds it as ${told}, not ${manifest.digest}`,
    );
  return { notedSubject: response.headers.has("oci-subject") };
}

/** Deletes a manifest by digest with all its tags, or a tag where the registry knows how. @throws RegistryError */
export async function deleteManifest(repository: Repository, reference: string, { signal }: TransferOptions = {}): Promise<void> {
  const response = await repository.connection.request({
    what: `delete manifest ${named(repository, reference)}`,
    method: "DELETE",
    path: manifestPath(repository, reference),
    scopes: repository.delete,
    expect: [202, 200, 204],
    ...(signal && { signal }),
  });
  await response.discard();
}

/** Whether a failure says that the thing is not there, as 404 or as its error code behind another status. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    (error.status === 404 || error.problems.some(({ code }) => /^(MANIFEST|BLOB|NAME)_UNKNOWN$/.test(code)))
  );
}
