// The registries that a command speaks to, as the configuration has them: which servers for a name, with which credentials.
import { readFileSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { SYSTEM_CLOCK } from "../../image/client/clock.ts";
import { type ClientContext, Connection } from "../../image/client/connection.ts";
import type { HttpSettings } from "../../image/client/http.ts";
import { RegistryDestination } from "../../image/client/registry-destination.ts";
import { RegistrySource, type RepositoryEndpoint } from "../../image/client/registry-source.ts";
import { openRepository, type Repository } from "../../image/client/repository.ts";
import { TokenCache } from "../../image/client/tokens.ts";
import type { Credential } from "../../image/credentials/credential.ts";
import { type Endpoint, endpointsFor, resolveName } from "../../spec/config/endpoints.ts";
import type { RegistriesConfig } from "../../spec/config/registries.ts";
import type { ImageReference } from "../../spec/distribution/reference.ts";
import type { Engine } from "../engine.ts";

/** What a command line says of the registry that it speaks to; it wins over the configuration. */
export interface RegistryAccess {
  /** `--tls-verify=false`: a certificate that nobody vouches for, or no TLS. */
  readonly insecure?: boolean;
  /** `--creds` */
  readonly credential?: Credential;
  /** `--cert-dir` in parts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Network {
  /** What a name as a person writes it can mean, in the order to look. */
  names(text: string): readonly ImageReference[];
  source(reference: ImageReference, access?: RegistryAccess): RegistrySource;
  destination(
    reference: ImageReference,
    options?: { readonly access?: RegistryAccess | undefined; readonly mountFrom?: readonly string[] },
  ): RegistryDestination;
  /** The registry itself, for tags, catalogs, deletions. */
  repository(reference: ImageReference, access?: RegistryAccess): Repository;
}

const HTTP: Omit<HttpSettings, "userAgent" | "proxies"> = { clock: SYSTEM_CLOCK, answerTimeout: 60_000, idleTimeout: 60_000, attempts: 5 };

export function openNetwork(engine: Engine, config: RegistriesConfig): Network {
  const { client, runtime } = engine;
  const http: HttpSettings = { ...HTTP, userAgent: client.userAgent, proxies: client.proxies };
  const tokens = new TokenCache(http);
  const contextOf = (endpoints: readonly Endpoint[], access: RegistryAccess | undefined): ClientContext => ({
    http,
    tokens,
    onWarning: (registry, text) => runtime.warn(`${registry}: ${text}`),
    credential: async (registry, repository) =>
      access?.credential ?? configured(endpoints, registry) ?? client.credential(registry, repository),
  });
  const endpoints = (reference: ImageReference, purpose: "pull" | "push") => endpointsFor(reference, config, purpose);
  return {
    names: (text) => resolveName(text, config),
    source: (reference, access) => {
      const found = endpoints(reference, "pull");
      return new RegistrySource(
        reference,
        found.map((endpoint) => placeOf(endpoint, access)),
        contextOf(found, access),
      );
    },
    destination: (reference, { access, mountFrom = [] } = {}) => {
      const found = endpoints(reference, "push");
      return new RegistryDestination(reference, placeOf(only(found, reference), access), contextOf(found, access), {
        mountFrom: () => mountFrom,
      });
    },
    repository: (reference, access) => {
      const found = endpoints(reference, "push");
      const place = placeOf(only(found, reference), access);
      return openRepository(new Connection(place, contextOf(found, access), place.repository), place.repository);
    },
  };
}

function only(endpoints: readonly Endpoint[], { registry }: ImageReference): Endpoint {
  const [first] = endpoints;
  if (first === undefined) throw new TeuError("unavailable", `${registry}: the configuration leaves no server to ask`);
  return first;
}

function placeOf({ host, repository, verify, ca, cert, key }: Endpoint, access: RegistryAccess = {}): RepositoryEndpoint {
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const said = { ...(access.ca && { ca: access.ca }), ...(access.cert && { cert: access.cert }), ...(access.key && { key: access.key }) };
  return { host, repository, insecure: access.insecure ?? !verify, ...files, ...said };
}

/** The user that the configuration names for a server, its password in a file. */
function configured(endpoints: readonly Endpoint[], host: string): Credential | undefined {
  const { username, passwordFile } = endpoints.find((endpoint) => endpoint.host === host) ?? {};
  if (username === undefined || passwordFile === undefined) return undefined;
  try {
    return { kind: "password", username, password: readFileSync(passwordFile, "utf8").replace(/\r?\n$/, "") };
  } catch (cause) {
    throw new TeuError(
      "denied",
      `read the password of ${username} at ${host} from ${passwordFile}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
