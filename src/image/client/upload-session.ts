// The requests of an upload: distribution-spec 1.1, "Pushing blobs". A session is an address that the registry gives and changes with
// every answer; upload.ts makes a blob of it.
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { repositoryScope } from "../../spec/distribution/challenge.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import { formatUploadRange, nextUploadOffset } from "../../spec/distribution/range.ts";
import type { HttpResponse, StreamBody } from "./http.ts";
import type { Repository } from "./repository.ts";

const OCTETS = "application/octet-stream";

export interface Upload {
  readonly repository: Repository;
  readonly digest: Digest;
  readonly signal?: AbortSignal;
}

const what = ({ repository, digest }: Upload) => `push blob ${repository.display}@${digest}`;

function locationOf(upload: Upload, response: HttpResponse, otherwise?: URL): URL {
  const location = response.headers.get("location");
  const url = location === null ? otherwise : URL.parse(location, response.url.href);
  if (url === undefined || url === null) throw new TeuError("unavailable", `${what(upload)}: the registry does not say where to upload to`);
  return url;
}

const withSignal = ({ signal }: Upload) => (signal === undefined ? {} : { signal });

/** Opens a session ("POST /v2/<name>/blobs/uploads/"). */
export async function startSession(upload: Upload): Promise<URL> {
  const { repository } = upload;
  const response = await repository.connection.request({
    what: what(upload),
    method: "POST",
    path: `${repository.path}blobs/uploads/`,
    scopes: repository.push,
    expect: [202],
    ...withSignal(upload),
  });
  await response.discard();
  return locationOf(upload, response);
}

/**
 * Asks for a blob that another repository of the registry has ("Mounting a blob from another repository"): true when it is here now,
 * otherwise the session that the registry opens instead, or undefined when we may not read that repository.
 */
export async function mountBlob(upload: Upload, from: string): Promise<true | URL | undefined> {
  const { repository, digest } = upload;
  try {
    const response = await repository.connection.request({
      what: `mount blob ${repository.display}@${digest} from ${from}`,
      method: "POST",
      path: `${repository.path}blobs/uploads/`,
      query: [
        ["mount", digest],
        ["from", from],
      ],
      scopes: [...repository.push, repositoryScope(from, ["pull"])],
      expect: [201, 202],
      ...withSignal(upload),
    });
    await response.discard();
    return response.status === 201 ? true : locationOf(upload, response);
  } catch (error) {
    if (error instanceof RegistryError && [400, 401, 403, 404, 405].includes(error.status)) return undefined;
    throw error;
  }
}

/** Sends bytes from `offset` on; how far the registry is now, and where the session went. */
export async function patchSession(
  upload: Upload,
  session: URL,
  offset: number,
  body: StreamBody,
): Promise<{ session: URL; offset: number }> {
  const response = await upload.repository.connection.request({
    what: what(upload),
    method: "PATCH",
    path: session,
    headers: { "content-type": OCTETS, "content-range": formatUploadRange({ first: offset, last: offset + body.length - 1 }) },
    body,
    scopes: upload.repository.push,
    expect: [202, 201, 204],
    ...withSignal(upload),
  });
  await response.discard();
  const next = nextUploadOffset(response.headers.get("range")) ?? offset + body.length;
  return { session: locationOf(upload, response, session), offset: next };
}

/** Ends the session: the bytes so far, and `last`, are the blob. */
export async function finishSession(upload: Upload, session: URL, last?: Uint8Array): Promise<void> {
  const response = await upload.repository.connection.request({
    what: what(upload),
    method: "PUT",
    path: session,
    query: [["digest", upload.digest]],
    headers: { "content-type": OCTETS },
    body: last ?? new Uint8Array(),
    scopes: upload.repository.push,
    expect: [201, 204],
    ...withSignal(upload),
  });
  await response.discard();
}

/**
 * How far a session has come ("GET <location>"), or undefined when it is lost or has nothing yet.
 */
export async function sessionState(upload: Upload, session: URL): Promise<{ session: URL; offset: number } | undefined> {
  try {
    const response = await upload.repository.connection.request({
      what: what(upload),
      method: "GET",
      path: session,
      scopes: upload.repository.push,
      expect: [204, 202, 200],
      ...withSignal(upload),
    });
    await response.discard();
    const offset = nextUploadOffset(response.headers.get("range"));
    // `0-0` is said of one byte and of none: such a session is not worth the doubt.
    return offset === undefined || offset === 0 ? undefined : { session: locationOf(upload, response, session), offset };
  } catch (error) {
    if (error instanceof RegistryError && error.status < 500) return undefined;
    throw error;
  }
}

/** Gives a session up; a registry that does not let us forgets it by itself some day. */
export async function cancelSession(repository: Repository, session: URL): Promise<void> {
  try {
    const request = {
      what: "give up an upload",
      method: "DELETE",
      path: session,
      scopes: repository.push,
      expect: [204, 202, 200],
    } as const;
    await (await repository.connection.request(request)).discard();
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
  }
}
