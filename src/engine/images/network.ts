// The registries that a command speaks to, as the configuration has them: which servers for a name, with which credentials.
import { TeuError } from "../../base/errors.ts";
import { SYSTEM_CLOCK } from "../../image/client/clock.ts";
import { type ClientContext, Connection } from "../../image/client/connection.ts";
import type { HttpSettings } from "../../image/client/http.ts";
import { RegistryDestination } from "../../image/client/registry-destination.ts";
import { RegistrySource } from "../../image/client/registry-source.ts";
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

const HTTP: Omit<HttpSettings, "userAgent" | "proxies"> = {
  clock: SYSTEM_CLOCK,
  contactTimeout: 15_000,
  answerTimeout: 60_000,
  idleTimeout: 60_000,
  attempts: 5,
};

export function openNetwork(engine: Engine, config: RegistriesConfig): Network {
  const { client, runtime } = engine;
  const http: HttpSettings = { ...HTTP, userAgent: client.userAgent, proxies: client.proxies };
  const tokens = new TokenCache(http);
  const contextOf = (access: RegistryAccess | undefined): ClientContext => ({
    http,
    tokens,
    onWarning: (registry, text) => runtime.warn(`${registry}: ${text}`),
    credential: async (registry, repository) => access?.credential ?? client.credential(registry, repository),
  });
  const endpoints = (reference: ImageReference, purpose: "pull" | "push") => endpointsFor(reference, config, purpose);
  return {
    names: (text) => resolveName(text, config),
    source: (reference, access) => {
      const found = endpoints(reference, "pull");
      return new RegistrySource(
        reference,
        found.map((endpoint) => placeOf(endpoint, access)),
        contextOf(access),
      );
    },
    destination: (reference, { access, mountFrom = [] } = {}) => {
      const found = endpoints(reference, "push");
      return new RegistryDestination(reference, placeOf(only(found, reference), access), contextOf(access), {
        mountFrom: () => mountFrom,
      });
    },
    repository: (reference, access) => {
      const found = endpoints(reference, "push");
      const place = placeOf(only(found, reference), access);
      return openRepository(new Connection(place, contextOf(access)), place.repository);
    },
  };
}

function only(endpoints: readonly Endpoint[], { registry }: ImageReference): Endpoint {
  const [first] = endpoints;
  if (first === undefined) throw new TeuError("unavailable", `${registry}: the configuration leaves no server to ask`);
  return first;
}

/** The server with what the command line says of it. */
function placeOf(endpoint: Endpoint, { insecure, ca, cert, key }: RegistryAccess = {}): Endpoint {
  return {
    ...endpoint,
    ...(insecure === undefined ? {} : { verify: !insecure, schemes: insecure ? ["https", "http"] : ["https"] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
