// Bearer tokens of a registry's token server: distribution docs/spec/auth/token.md (GET) and oauth.md (POST with a refresh token).
// A token is kept and used again until shortly before it expires; requests that need the same one wait for one fetch of it.
import { TeuError } from "../../base/errors.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, integer, object, optional } from "../../spec/json/shape.ts";
import type { Credential } from "../credentials/credential.ts";
import type { HttpRequest, HttpResponse, HttpSettings, TlsSettings } from "./http.ts";
import { follow } from "./redirects.ts";
import { refusal } from "./refusal.ts";
import { withRetries } from "./retry.ts";

export interface TokenRequest {
  readonly realm: URL;
  readonly service?: string;
  /** `repository:library/debian:pull`, in a fixed order. */
  readonly scopes: readonly string[];
  readonly credential?: Credential;
  readonly tls: TlsSettings;
}

interface TokenAnswer {
  readonly token?: string;
  readonly access_token?: string;
  readonly expires_in?: number;
}

const ANSWER = object<TokenAnswer>({
  token: optional(anyString),
  access_token: optional(anyString),
  expires_in: optional(integer(0, 2 ** 31)),
});

const CLIENT_ID = "teu";
const MOST_ANSWER = 256 * 1024;
/** Seconds, when the server does not say (token.md, "expires_in"). */
const DEFAULT_LIFETIME = 60;
/** Of its life a token is used this much: requests take time, and clocks differ. */
const USED_LIFETIME = 0.8;

interface FetchedToken {
  readonly token: string;
  /** Seconds. */
  readonly lifetime: number;
}

interface KeptToken {
  readonly fetched: Promise<FetchedToken>;
  /** Milliseconds since the epoch; the time it was asked for until the answer is there. */
  freshUntil: number;
}

function httpRequest({ realm, service, scopes, credential, tls }: TokenRequest): HttpRequest {
  if (credential?.kind === "identity-token") {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id: CLIENT_ID, refresh_token: credential.token });
    if (service !== undefined) form.set("service", service);
    if (scopes.length > 0) form.set("scope", scopes.join(" "));
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return { tls, method: "POST", url: realm, headers, body: Buffer.from(form.toString()) };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credential?.kind !== "password") return { tls, method: "GET", url };
  url.searchParams.set("account", credential.username);
  return { tls, method: "GET", url, headers: { authorization: basic(credential) } };
}

/** RFC 7617. */
export function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

async function readToken(what: string, response: HttpResponse): Promise<FetchedToken> {
  const { value } = readJson(await response.read(MOST_ANSWER), { subject: `the answer to ${what}`, shape: ANSWER });
  const token = value.token || value.access_token;
  // It goes into a header: what a token68 may hold (RFC 6750 §2.1), and no line breaks above all.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw new TeuError("denied", `${what}: the token server gave no token`);
  return { token, lifetime: value.expires_in || DEFAULT_LIFETIME };
}

export class TokenCache {
  readonly #settings: HttpSettings;
  readonly #kept = new Map<string, KeptToken>();

  constructor(settings: HttpSettings) {
    this.#settings = settings;
  }

  /** A token for all scopes. @throws RegistryError when the server refuses, NetworkError. */
  async token(request: TokenRequest): Promise<string> {
    const key = this.#key(request);
    const { clock } = this.#settings;
    const found = this.#kept.get(key);
    if (found !== undefined && found.freshUntil > clock.now()) return (await found.fetched).token;
    const fetched = this.#fetch(request);
    const kept: KeptToken = { fetched, freshUntil: Number.POSITIVE_INFINITY };
    this.#kept.set(key, kept);
    try {
      const { token, lifetime } = await fetched;
      kept.freshUntil = clock.now() + lifetime * 1000 * USED_LIFETIME;
      return token;
    } catch (error) {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      throw error;
    }
  }

  /** Drops a token that the registry did not take. */
  forget(request: TokenRequest): void {
    this.#kept.delete(this.#key(request));
  }

  #key({ realm, service, scopes, credential }: TokenRequest): string {
    return JSON.stringify([realm.href, service, scopes, credential]);
  }

  async #fetch(request: TokenRequest): Promise<FetchedToken> {
    const what = `ask ${request.realm.origin} for a token`;
    const response = await withRetries(() => follow(httpRequest(request), this.#settings), this.#settings, undefined);
    if (response.status !== 200) throw await refusal(what, response);
    return readToken(what, response);
  }
}
