// The conversation with one registry: finds out whether it speaks TLS and whom it wants to know, then carries every request with what
// proves us to it, once more when it asks anew, and again when it is busy.
import { TeuError } from "../../base/errors.ts";
import type { Endpoint } from "../../spec/config/endpoints.ts";
import type { Credential } from "../credentials/credential.ts";
import { Authorizer } from "./auth.ts";
import { abortable } from "./clock.ts";
import { baseUrls, configuredCredential, tlsElsewhere, tlsSettings } from "./endpoint.ts";
import type { HttpMethod, HttpRequest, HttpResponse, HttpSettings, StreamBody, TlsSettings } from "./http.ts";
import { NetworkError } from "./network-errors.ts";
import { follow } from "./redirects.ts";
import { refusal } from "./refusal.ts";
import { withRetries } from "./retry.ts";
import type { TokenCache } from "./tokens.ts";

/** What all registries of one command share. */
export interface ClientContext {
  readonly http: HttpSettings;
  readonly tokens: TokenCache;
  /** Looks up who we are for a registry, or a part of it. */
  readonly credential: (registry: string, repository: string) => Promise<Credential | undefined>;
  /** Told what a registry warns of (distribution-spec 1.1, "Warnings"), each text once a connection. */
  readonly onWarning?: (registry: string, text: string) => void;
}

export interface RegistryRequest {
  /** What is being done, to what, for messages: `pull manifest 12 of localhost:5000/debian`. */
  readonly what: string;
  readonly method: HttpMethod;
  /** Below the base URL (`v2/…`), or an absolute address that the registry gave. */
  readonly path: string | URL;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamBody;
  readonly scopes: readonly string[];
  /** Statuses that the caller deals with; others are thrown. */
  readonly expect: readonly number[];
  readonly signal?: AbortSignal;
}

interface Session {
  readonly base: URL;
  readonly tls: TlsSettings;
  readonly authorizer: Authorizer;
}

/** Code 299 with its quoted text; the agent is always `-`. */
const WARNING = /299 - "((?:[^"\\]|\\.)*)"/g;
const MOST_WARNINGS = 32;

export class Connection {
  readonly endpoint: Endpoint;
  readonly #context: ClientContext;
  readonly #warnings = new Set<string>();
  #session: Promise<Session> | undefined;

  constructor(endpoint: Endpoint, context: ClientContext) {
    this.endpoint = endpoint;
    this.#context = context;
  }

  get http(): HttpSettings {
    return this.#context.http;
  }

  /** @throws NetworkError, RegistryError (a status that is not expected), or the signal's reason. */
  async request(request: RegistryRequest): Promise<HttpResponse> {
    try {
      return await this.#request(request);
    } catch (error) {
      throw error instanceof NetworkError ? error.during(request.what) : error;
    }
  }

  async #request(request: RegistryRequest): Promise<HttpResponse> {
    const session = await abortable(this.#open(), request.signal);
    let response = await this.#authorized(session, request);
    const asked = response.status === 401 && response.url.origin === session.base.origin;
    if (asked && session.authorizer.learn(response.headers) && isReplayable(request)) {
      await response.discard();
      session.authorizer.forget(request.scopes);
      response = await this.#authorized(session, request);
    }
    this.#warn(response.headers);
    if (request.expect.includes(response.status)) return response;
    const isUnknown = asked && session.authorizer.isAnonymous;
    throw await refusal(request.what, response, isUnknown ? `teu login ${this.endpoint.registry} tells it who you are` : undefined);
  }

  /** Asks `/v2/` once more, so that it is known whether the registry knows us. @throws RegistryError 401, NetworkError */
  async ping(signal?: AbortSignal): Promise<void> {
    const what = `log in to ${this.endpoint.host}`;
    const response = await this.request({ what, method: "GET", path: "v2/", scopes: [], expect: [200], ...(signal && { signal }) });
    await response.discard();
  }

  async #authorized(session: Session, request: RegistryRequest): Promise<HttpResponse> {
    const { method, path, query = [], headers, body, signal } = request;
    const url = sameOriginIfMeant(new URL(path, session.base), session);
    for (const [name, value] of query) url.searchParams.append(name, value);
    const mine = url.origin === session.base.origin;
    const authorization = mine ? await session.authorizer.header(request.scopes, signal) : undefined;
    const sent: HttpRequest = {
      method,
      url,
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
      tls: mine ? session.tls : tlsElsewhere(session.tls),
      ...(body && { body }),
      ...(signal && { signal }),
    };
    if (!isReplayable(request)) return follow(sent, this.http);
    return withRetries(() => follow(sent, this.http), this.http, signal);
  }

  #open(): Promise<Session> {
    if (this.#session !== undefined) return this.#session;
    const opening = this.#start();
    this.#session = opening;
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }

  /** The first base URL at which something speaks HTTP; its answer to `/v2/` says who it wants to know. */
  async #start(): Promise<Session> {
    const tls = await tlsSettings(this.endpoint);
    const bases = baseUrls(this.endpoint);
    for (const [index, base] of bases.entries()) {
      const ping: HttpRequest = { method: "GET", url: new URL("v2/", base), tls, firstContact: true };
      const last = index === bases.length - 1;
      try {
        // Where plain HTTP may be meant, a refusal of TLS is no failure to wait for.
        const response = await (last ? withRetries(() => follow(ping, this.http), this.http, undefined) : follow(ping, this.http));
        const { registry, repository } = this.endpoint;
        const credential = (await configuredCredential(this.endpoint)) ?? (await this.#context.credential(registry, repository));
        const authorizer = new Authorizer({ base, credential, tokens: this.#context.tokens, tls });
        if (response.status === 401 && response.url.origin === base.origin) authorizer.learn(response.headers);
        this.#warn(response.headers);
        await response.discard();
        return { base, tls, authorizer };
      } catch (error) {
        if (last || !(error instanceof NetworkError && error.mayLackTls)) throw error;
      }
    }
    throw new Error(`no base URL for ${this.endpoint.host}`);
  }

  #warn(headers: Headers): void {
    for (const [, quoted = ""] of (headers.get("warning") ?? "").matchAll(WARNING)) {
      const text = quoted.replaceAll(/\\(.)/g, "$1");
      if (this.#warnings.has(text) || this.#warnings.size >= MOST_WARNINGS) continue;
      this.#warnings.add(text);
      this.#context.onWarning?.(this.endpoint.host, text);
    }
  }
}

/**
 * An address that the registry gave. Registries behind a proxy that does TLS for them call themselves http; another host without TLS,
 * where we have it, is refused.
 */
function sameOriginIfMeant(url: URL, { base, tls }: Session): URL {
  if (url.protocol === base.protocol || base.protocol === "http:") return url;
  if (url.hostname === base.hostname) return new URL(`${url.pathname}${url.search}`, base);
  if (!tls.rejectUnauthorized) return url;
  throw new TeuError("denied", `${base.host} sends us to ${url.host} without TLS, which is not followed`);
}

/** Whether it may be sent twice: not a stream, and only POST is not idempotent, whose worst effect here is an upload nobody uses. */
function isReplayable({ body }: RegistryRequest): boolean {
  return body === undefined || body instanceof Uint8Array;
}
