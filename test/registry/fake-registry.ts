// A registry that misbehaves as told, where the real one cannot be made to: loses bytes of an upload, knows no ranges, stalls.
import { type Digest, digestOf, isDigest } from "../../src/base/digest.ts";
import type { ManifestBytes } from "../../src/image/ports/transport.ts";

export interface FakeOptions {
  /** By tag or digest. */
  readonly manifests?: Readonly<Record<string, ManifestBytes>>;
  readonly blobs?: Map<Digest, Uint8Array>;
  /** Asked before everything else, with the number of the request from 1 (the first is the client's look at `/v2/`). */
  readonly before?: (request: Request, count: number) => Response | undefined;
  /** The first upload is told 416 once so many bytes have come, and keeps only those. */
  readonly loseAfter?: number;
  /** False for one that answers ranges with everything. */
  readonly ranges?: boolean;
  /** A download sends so many bytes and then nothing, without an end. */
  readonly stallAfter?: number;
  /** How many downloads stall; all when absent. */
  readonly stalls?: number;
}

export interface FakeRegistry extends AsyncDisposable {
  readonly host: string;
  readonly blobs: Map<Digest, Uint8Array>;
  /** Headers of every request, in order. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly headers: Headers }[];
}

const missing = (code: string) => Response.json({ errors: [{ code, message: "unknown" }] }, { status: 404 });

export function startFakeRegistry(options: FakeOptions = {}): FakeRegistry {
  const { manifests = {}, ranges = true, stallAfter } = options;
  const blobs = options.blobs ?? new Map<Digest, Uint8Array>();
  const requests: { method: string; path: string; headers: Headers }[] = [];
  let { stalls = Number.POSITIVE_INFINITY, loseAfter } = options;
  let upload = Buffer.alloc(0);

  function sendBlob(request: Request, bytes: Uint8Array): Response {
    const start = Number(/^bytes=(\d+)-$/.exec((ranges && request.headers.get("range")) || "")?.[1] ?? 0);
    const rest = new Uint8Array(bytes.subarray(start));
    const headers = { "content-length": String(rest.length), "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    const init = start > 0 ? { status: 206, headers } : { status: 200, headers: { "content-length": String(rest.length) } };
    if (stallAfter === undefined || stalls-- <= 0) return new Response(rest, init);
    let sent = false;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (sent) return new Promise<void>(() => undefined);
      sent = true;
      controller.enqueue(rest.subarray(0, stallAfter));
      return undefined;
    };
    return new Response(new ReadableStream({ pull }), init);
  }

  async function receive(request: Request, url: URL): Promise<Response> {
    const location = "/v2/a/blobs/uploads/1";
    const status = () => ({ location, range: `0-${Math.max(0, upload.length - 1)}` });
    if (request.method === "POST") {
      upload = Buffer.alloc(0);
      return new Response(null, { status: 202, headers: { location } });
    }
    if (request.method === "GET") return new Response(null, { status: 204, headers: status() });
    const bytes = await request.bytes();
    if (loseAfter !== undefined) {
      upload = Buffer.from(bytes.subarray(0, loseAfter));
      loseAfter = undefined;
      return new Response(null, { status: 416 });
    }
    const [, first] = /^(\d+)-/.exec(request.headers.get("content-range") ?? "") ?? [];
    if (request.method === "PATCH" && Number(first) !== upload.length) return new Response(null, { status: 416 });
    upload = Buffer.concat([upload, bytes]);
    if (request.method === "PATCH") return new Response(null, { status: 202, headers: status() });
    const digest = url.searchParams.get("digest") ?? "";
    if (!isDigest(digest) || digestOf(upload) !== digest) return Response.json({ errors: [{ code: "DIGEST_INVALID" }] }, { status: 400 });
    blobs.set(digest, upload);
    return new Response(null, { status: 201 });
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 30,
    maxRequestBodySize: 2 ** 30,
    async fetch(request) {
      const url = new URL(request.url);
      requests.push({ method: request.method, path: url.pathname + url.search, headers: request.headers });
      const early = options.before?.(request, requests.length);
      if (early !== undefined) return early;
      if (url.pathname === "/v2/") return new Response("{}");
      if (url.pathname.includes("/blobs/uploads/")) return receive(request, url);
      const [, kind, name = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
      const blob = isDigest(name) ? blobs.get(name) : undefined;
      if (kind === "blobs") return blob === undefined ? missing("BLOB_UNKNOWN") : sendBlob(request, blob);
      const manifest = kind === "manifests" ? manifests[name] : undefined;
      if (manifest === undefined) return missing("MANIFEST_UNKNOWN");
      return new Response(new Uint8Array(manifest.bytes), { headers: { "content-type": manifest.mediaType } });
    },
  });
  return {
    host: `127.0.0.1:${server.port}`,
    blobs,
    requests,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
