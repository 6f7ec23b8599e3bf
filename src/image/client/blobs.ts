// Blobs of a repository: distribution-spec 1.1, "Pulling blobs", "Deleting Blobs". A body that breaks off is taken up where it broke
// by resume.ts; here a blob is opened at an offset (RFC 9110 §14).
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { parseContentRange, rangeFrom } from "../../spec/distribution/range.ts";
import type { TransferOptions } from "../ports/transport.ts";
import type { HttpResponse } from "./http.ts";
import type { Repository } from "./repository.ts";

const blobPath = (repository: Repository, digest: Digest) => `${repository.path}blobs/${digest}`;

/** Gives a whole body's bytes from `offset` on. */
async function* skip(stream: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array, void, void> {
  let left = offset;
  for await (const chunk of stream) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** Where a 206 begins; a server may give more than was asked for, but not from later on. */
function startOf(response: HttpResponse, offset: number, what: string): number {
  const range = parseContentRange(response.headers.get("content-range") ?? "");
  if (range === undefined || range.first > offset)
    throw new TeuError("unavailable", `${what}: the registry answers another range than asked for`);
  return range.first;
}

/**
 * The bytes of a blob from `offset` on, which must be less than its size unless both are 0. Content under a digest cannot change, so
 * that no validator (If-Range) is needed; a registry that knows no ranges gives all, of which the first are skipped.
 * @throws RegistryError, NetworkError; the stream NetworkError.
 */
export async function openBlob(
  repository: Repository,
  digest: Digest,
  { offset = 0, signal }: TransferOptions & { readonly offset?: number } = {},
): Promise<AsyncIterable<Uint8Array>> {
  const what = `pull blob ${repository.display}@${digest}`;
  const response = await repository.connection.request({
    what,
    method: "GET",
    path: blobPath(repository, digest),
    headers: offset > 0 ? { range: rangeFrom(offset) } : {},
    scopes: repository.pull,
    expect: [200, 206],
    ...(signal && { signal }),
  });
  const start = response.status === 206 ? startOf(response, offset, what) : 0;
  return offset === start ? response.stream() : skip(response.stream(), offset - start);
}

/** Whether the repository has a blob, with the size that the registry tells of it. @throws RegistryError */
export async function headBlob(
  repository: Repository,
  digest: Digest,
  { signal }: TransferOptions = {},
): Promise<{ readonly size: number | undefined } | undefined> {
  const response = await repository.connection.request({
    what: `look for blob ${repository.display}@${digest}`,
    method: "HEAD",
    path: blobPath(repository, digest),
    scopes: repository.pull,
    expect: [200, 404],
    ...(signal && { signal }),
  });
  await response.discard();
  if (response.status === 404) return undefined;
  const length = response.headers.get("content-length") ?? "";
  return { size: /^\d{1,15}$/.test(length) ? Number(length) : undefined };
}

/** @throws RegistryError */
export async function deleteBlob(repository: Repository, digest: Digest, { signal }: TransferOptions = {}): Promise<void> {
  const response = await repository.connection.request({
    what: `delete blob ${repository.display}@${digest}`,
    method: "DELETE",
    path: blobPath(repository, digest),
    scopes: repository.delete,
    expect: [202, 200, 204],
    ...(signal && { signal }),
  });
  await response.discard();
}
