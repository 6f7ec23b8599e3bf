// One HTTP exchange over Bun's fetch: time limits, bodies that stream with back-pressure both ways, bounded reads. Redirects are
// given back as they are (redirects.ts follows them), and so are bytes: nothing is decompressed, for digests are of what was sent.
import { TeuError } from "../../base/errors.ts";
import type { Clock } from "./clock.ts";
import { NetworkError, NO_CONTACT, networkError } from "./network-errors.ts";
import { type Proxies, proxyFor } from "./proxies.ts";

export interface HttpSettings {
  readonly userAgent: string;
  readonly proxies: Proxies;
  readonly clock: Clock;
  /** Milliseconds in which a host that we have not spoken to yet must answer: one that is not there is to be known soon. */
  readonly contactTimeout: number;
  /** Milliseconds until the answer's first line must be there, of any later request and after an upload's last byte. */
  readonly answerTimeout: number;
  /** Milliseconds for which a body may stand still while we wait for the network. */
  readonly idleTimeout: number;
  /** How often a request is made before its failure is taken for an answer. */
  readonly attempts: number;
}

export interface TlsSettings {
  /** PEM texts. */
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  /** False where the registry is configured as insecure. */
  readonly rejectUnauthorized: boolean;
}

export interface StreamBody {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Bytes that the stream gives; a stream that gives others fails the request. */
  readonly length: number;
}

export type HttpMethod = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";

export interface HttpRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamBody;
  readonly tls: TlsSettings;
  /** Whether it is the first request to this host. */
  readonly firstContact?: boolean;
  readonly signal?: AbortSignal;
}

/** Aborts the exchange when the network has been silent for too long; armed only while we wait for the network. */
class Watch {
  readonly #controller = new AbortController();
  readonly #what: string;
  #timer: Timer | undefined;
  #over = false;

  constructor(what: string) {
    this.#what = what;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** After the end it does nothing: fetch may ask an upload for its next chunk when the answer has been read already. */
  arm(milliseconds: number, reason = "ETIMEDOUT"): void {
    this.disarm();
    if (this.#over) return;
    this.#timer = setTimeout(() => this.#controller.abort(new NetworkError(this.#what, reason)), milliseconds);
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** Ends the exchange, so that its connection is closed. */
  end(): void {
    this.#over = true;
    this.disarm();
    this.#controller.abort();
  }
}

/** An answer whose body is still on its way: read it, or discard it. */
export class HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly #response: Response;
  readonly #watch: Watch;
  readonly #settings: HttpSettings;
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;

  constructor(request: HttpRequest, settings: HttpSettings, response: Response, watch: Watch) {
    this.status = response.status;
    this.headers = response.headers;
    this.url = request.url;
    this.#response = response;
    this.#watch = watch;
    this.#settings = settings;
    this.#what = describe(request);
    this.#signal = request.signal;
  }

  /** The body as it comes. @throws NetworkError when the connection is cut or silent; ends early without one only if the server says so. */
  async *stream(): AsyncGenerator<Uint8Array, void, void> {
    const reader = this.#response.body?.getReader();
    if (reader === undefined) return this.#watch.end();
    try {
      for (;;) {
        this.#watch.arm(this.#settings.idleTimeout);
        const { done, value } = await reader.read();
        this.#watch.disarm();
        if (done) return;
        yield value;
      }
    } catch (cause) {
      throw failure(this.#what, cause, this.#watch, this.#signal);
    } finally {
      this.#watch.end();
    }
  }

  /** The whole body. @throws TeuError `invalid` when it is longer than `limit` bytes. */
  async read(limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.stream()) {
      size += chunk.length;
      if (size > limit) throw new TeuError("invalid", `${this.#what}: the answer is longer than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Gives up the body; a short one is read, so that the connection can serve again. */
  async discard(): Promise<void> {
    const length = this.#response.body === null ? 0 : Number(this.headers.get("content-length") ?? Number.NaN);
    if (length > MOST_DISCARDED || Number.isNaN(length)) this.#watch.end();
    else await this.read(MOST_DISCARDED).catch(() => undefined);
  }
}

/** A manifest that a server compresses on the way has another digest. */
const AS_IT_IS = { "accept-encoding": "identity" };

const MOST_DISCARDED = 64 * 1024;

/** For messages; what stands behind `?` may be a secret. */
const describe = ({ method, url }: HttpRequest) => `${method} ${url.origin}${url.pathname}`;

function failure(what: string, cause: unknown, watch: Watch, signal: AbortSignal | undefined): unknown {
  return networkError(what, cause, signal?.aborted === true ? signal : watch.signal);
}

/** Feeds a stream to fetch, which takes the next chunk when the connection has taken the last. */
async function* upload({ stream, length }: StreamBody, watch: Watch, settings: HttpSettings): AsyncGenerator<Uint8Array, void, void> {
  let sent = 0;
  watch.disarm();
  for await (const chunk of stream) {
    sent += chunk.length;
    if (sent > length) throw new TeuError("invalid", `the upload gives more than its ${length} bytes`);
    watch.arm(settings.idleTimeout);
    yield chunk;
    watch.disarm();
  }
  if (sent !== length) throw new TeuError("invalid", `the upload gives ${sent} of its ${length} bytes`);
  watch.arm(settings.answerTimeout);
}

/** @throws NetworkError, or the signal's reason. */
export async function exchange(request: HttpRequest, settings: HttpSettings): Promise<HttpResponse> {
  const { method, url, tls, body, signal } = request;
  signal?.throwIfAborted();
  const watch = new Watch(describe(request));
  const headers = new Headers({ "user-agent": settings.userAgent, ...AS_IT_IS, ...request.headers });
  let uploadError: unknown;
  const content = async function* (stream: StreamBody) {
    try {
      yield* upload(stream, watch, settings);
    } catch (error) {
      // fetch would tell it as a failure of the connection.
      uploadError = error;
      throw error;
    }
  };
  if (body !== undefined && "stream" in body) headers.set("content-length", String(body.length));
  try {
    if (request.firstContact === true) watch.arm(settings.contactTimeout, NO_CONTACT);
    else watch.arm(settings.answerTimeout);
    const response = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      decompress: false,
      proxy: proxyFor(url, settings.proxies) ?? false,
      signal: signal === undefined ? watch.signal : AbortSignal.any([signal, watch.signal]),
      ...(body === undefined ? {} : { body: "stream" in body ? content(body) : new Uint8Array(body) }),
      ...(url.protocol === "https:" && { tls }),
    });
    watch.disarm();
    return new HttpResponse(request, settings, response, watch);
  } catch (cause) {
    const error = uploadError ?? failure(describe(request), cause, watch, signal);
    watch.end();
    throw error;
  }
}
