// The registries that a command speaks to, as the configuration has them: which servers for a name, with which credentials.
import { TeuError } from "../../base/errors.ts";
import { HTTP_DEFAULTS } from "../../image/client/client.ts";
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

export function openNetwork(engine: Engine, config: RegistriesConfig): Network {
  const { client, runtime } = engine;
  const http: HttpSettings = { ...HTTP_DEFAULTS, userAgent: client.userAgent, proxies: client.proxies };
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

/** The server with what the command line says of it; an account given there takes the place of the configured one. */
function placeOf(endpoint: Endpoint, { insecure, credential, ca, cert, key }: RegistryAccess = {}): Endpoint {
  const { username: _, passwordFile: __, ...anonymous } = endpoint;
  return {
    ...(credential === undefined ? endpoint : anonymous),
    ...(insecure !== undefined && { verify: !insecure, schemes: insecure ? ["https", "http"] : ["https"] }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}
