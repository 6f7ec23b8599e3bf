// What can go wrong below HTTP, as a sentence and as what to do about it: whether asking again may help, and whether the other end
// does not speak TLS at all.
import { TeuError } from "../../base/errors.ts";

interface Kind {
  readonly why: string;
  /** Asking the same host again in a moment may help. */
  readonly transient: boolean;
}

/** Codes of Bun's fetch, which are errno's names, getaddrinfo(3)'s and OpenSSL's. */
// biome-ignore format: table
const KINDS: Readonly<Record<string, Kind>> = {
  ECONNREFUSED:                    { why: "nothing listens there (ECONNREFUSED)",                        transient: false },
  ECONNRESET:                      { why: "the connection was cut (ECONNRESET)",                         transient: true },
  ConnectionClosed:                { why: "the connection was closed",                                   transient: true },
  EPIPE:                           { why: "the connection was closed (EPIPE)",                           transient: true },
  ETIMEDOUT:                       { why: "no answer in time (ETIMEDOUT)",                               transient: true },
  EHOSTDOWN:                       { why: "the host does not answer in time (EHOSTDOWN)",                transient: false },
  EHOSTUNREACH:                    { why: "there is no route to the host (EHOSTUNREACH)",                transient: false },
  ENETUNREACH:                     { why: "the network cannot be reached (ENETUNREACH)",                 transient: false },
  ENOTFOUND:                       { why: "the host name is not known (ENOTFOUND)",                      transient: false },
  EAI_AGAIN:                       { why: "the name server does not answer (EAI_AGAIN)",                 transient: true },
  EPROTO:                          { why: "it does not speak TLS; if that is meant, configure the registry as insecure", transient: false },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { why: "its certificate is of an authority that is not known here; configure the registry's ca", transient: false },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { why: "its certificate is of an authority that is not known here; configure the registry's ca", transient: false },
  SELF_SIGNED_CERT_IN_CHAIN:       { why: "its certificate is of an authority that is not known here; configure the registry's ca", transient: false },
  DEPTH_ZERO_SELF_SIGNED_CERT:     { why: "its certificate is signed by itself; configure the registry's ca", transient: false },
  CERT_HAS_EXPIRED:                { why: "its certificate has expired",                                 transient: false },
  ERR_TLS_CERT_ALTNAME_INVALID:    { why: "its certificate is for another host",                         transient: false },
};

/** The reason of a first request that found nobody in time; not asked again, for the next place may answer. */
export const NO_CONTACT = "EHOSTDOWN";

/** Codes on which a registry that may be spoken to without TLS is. */
const NO_TLS: ReadonlySet<string> = new Set(["EPROTO", "ECONNREFUSED", "ECONNRESET", "ConnectionClosed"]);

export class NetworkError extends TeuError {
  /** errno's name or the like; `ETIMEDOUT` for our own time limits. */
  readonly reason: string;
  readonly transient: boolean;
  readonly #what: string;
  readonly #detail: string | undefined;

  constructor(what: string, reason: string, options: ErrorOptions & { readonly detail?: string } = {}) {
    const kind = KINDS[reason] ?? { why: `${options.detail ?? "the connection failed"} (${reason})`, transient: true };
    super("unavailable", `${what}: ${kind.why}`, options);
    this.reason = reason;
    this.transient = kind.transient;
    this.#what = what;
    this.#detail = options.detail;
  }

  /** The same as a part of something larger: people asked for an image, not for an address. */
  during(doing: string): NetworkError {
    return new NetworkError(`${doing}: ${this.#what}`, this.reason, { cause: this, ...(this.#detail && { detail: this.#detail }) });
  }

  /** Whether the other end may be one that speaks plain HTTP only. */
  get mayLackTls(): boolean {
    return NO_TLS.has(this.reason);
  }
}

/** What fetch threw, as ours; abortions by the caller and errors of our own pass unchanged. */
export function networkError(what: string, cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (cause instanceof TeuError || !(cause instanceof Error)) return cause;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  return new NetworkError(what, code, { cause, detail: cause.message.split("\n")[0]?.slice(0, 200).replace(/\.$/, "") ?? "" });
}
