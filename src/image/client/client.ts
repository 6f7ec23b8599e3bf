// The client's surroundings with the values that it is used with; tests make their own.
import type { Credentials } from "../credentials/credentials.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import type { ClientContext } from "./connection.ts";
import type { HttpSettings } from "./http.ts";
import type { Proxies } from "./proxies.ts";
import { TokenCache } from "./tokens.ts";

export interface ClientOptions {
  /** `teu/0.1.0 (linux amd64)`. */
  readonly userAgent: string;
  /** From the environment or the configuration. */
  readonly proxies?: Proxies;
  readonly credentials: Credentials;
  readonly onWarning?: (registry: string, text: string) => void;
  readonly clock?: Clock;
}

export const HTTP_DEFAULTS: Omit<HttpSettings, "userAgent" | "proxies"> = {
  clock: SYSTEM_CLOCK,
  contactTimeout: 20_000,
  // A registry may hash gigabytes before it answers the end of an upload.
  answerTimeout: 300_000,
  idleTimeout: 60_000,
  attempts: 5,
};

/** One for a command: what is in it (tokens) is shared by all registries that the command speaks to. */
export function openClient({ userAgent, proxies = {}, credentials, onWarning, clock = SYSTEM_CLOCK }: ClientOptions): ClientContext {
  const http: HttpSettings = { ...HTTP_DEFAULTS, userAgent, proxies, clock };
  return {
    http,
    tokens: new TokenCache(http),
    credential: async (registry, repository) => (await credentials.find(registry, repository))?.credential,
    ...(onWarning && { onWarning }),
  };
}
