// Who we are, for one registry: answers its challenges (distribution-spec 1.1 leaves them to RFC 9110 §11; Basic is RFC 7617, Bearer
// as distribution docs/spec/auth). A credential goes to the registry that it belongs to and to the token server that this registry
// names, and to that one without TLS only if the registry itself is spoken to so.
import { TeuError } from "../../base/errors.ts";
import { bearerChallenge, type Challenge, findChallenge, parseChallenges } from "../../spec/distribution/challenge.ts";
import type { Credential } from "../credentials/credential.ts";
import { abortable } from "./clock.ts";
import { tlsElsewhere } from "./endpoint.ts";
import type { TlsSettings } from "./http.ts";
import { basic, type TokenCache, type TokenRequest } from "./tokens.ts";

export interface AuthorizerOptions {
  /** Where the registry is. */
  readonly base: URL;
  readonly credential: Credential | undefined;
  readonly tokens: TokenCache;
  readonly tls: TlsSettings;
}

/** What a token for the list of all repositories is asked for (distribution docs/spec/auth/scope.md). */
export const CATALOG_SCOPE = "registry:catalog:*";

export class Authorizer {
  readonly #options: AuthorizerOptions;
  /** The challenge that the registry last made, of those that we can answer. */
  #challenge: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Whether we have nothing to say of who we are. */
  get isAnonymous(): boolean {
    return this.#options.credential === undefined;
  }

  /** Takes note of a 401's challenges; false when we have no answer, or only the one that was refused. */
  learn(headers: Headers): boolean {
    const challenges = parseChallenges(headers.get("www-authenticate") ?? "");
    const challenge = findChallenge(challenges, "bearer") ?? findChallenge(challenges, "basic");
    if (challenge === undefined) return false;
    const before = this.#challenge?.scheme;
    this.#challenge = challenge;
    const kind = this.#options.credential?.kind;
    if (kind === "registry-token") return false;
    // A password is the same each time; a token may have expired.
    return challenge.scheme === "bearer" || (before !== "basic" && kind === "password");
  }

  /** The Authorization header for requests of these scopes; undefined when the registry asks for none or we have nothing to say. */
  async header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
    const { credential } = this.#options;
    if (credential?.kind === "registry-token") return `Bearer ${credential.token}`;
    if (this.#challenge === undefined) return undefined;
    if (this.#challenge.scheme === "basic") return credential?.kind === "password" ? basic(credential) : undefined;
    const request = this.#tokenRequest(this.#challenge, scopes);
    return `Bearer ${await abortable(this.#options.tokens.token(request), signal)}`;
  }

  /** Drops the token of these scopes: the registry refused it. */
  forget(scopes: readonly string[]): void {
    if (this.#challenge?.scheme === "bearer") this.#options.tokens.forget(this.#tokenRequest(this.#challenge, scopes));
  }

  #tokenRequest(challenge: Challenge, scopes: readonly string[]): TokenRequest {
    const { base, credential, tls } = this.#options;
    const { realm, service } = bearerChallenge(challenge);
    if (realm.protocol === "http:" && base.protocol === "https:" && tls.rejectUnauthorized)
      throw new TeuError("denied", `log in to ${base.host}: its token server ${realm.host} has no TLS, though the registry itself has`);
    return {
      realm,
      scopes: [...new Set(scopes)].toSorted(),
      tls: realm.origin === base.origin ? tls : tlsElsewhere(tls),
      ...(service !== undefined && { service }),
      ...(credential && { credential }),
    };
  }
}
