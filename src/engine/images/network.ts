// The registries that a command speaks to, as the configuration has them: which servers for a name, with which credentials.
import { TeuError } from "../../base/errors.ts";
import { openClient } from "../../image/client/client.ts";
import { type ClientContext, Connection } from "../../image/client/connection.ts";
import { type SearchResult, search } from "../../image/client/listings.ts";
import { verifyLogin } from "../../image/client/login.ts";
import { RegistryDestination } from "../../image/client/registry-destination.ts";
import { RegistrySource } from "../../image/client/registry-source.ts";
import { openRepository, type Repository } from "../../image/client/repository.ts";
import type { Credential } from "../../image/credentials/credential.ts";
import { Credentials } from "../../image/credentials/credentials.ts";
import type { TransferOptions } from "../../image/ports/transport.ts";
import { type Endpoint, endpointsFor, resolveName } from "../../spec/config/endpoints.ts";
import type { RegistriesConfig, TlsFiles } from "../../spec/config/registries.ts";
import type { ImageReference } from "../../spec/distribution/reference.ts";
import type { Engine } from "../engine.ts";

/** What a command line says of the registry that it names; it wins over the configuration, and no mirror hears of the rest. */
export interface RegistryAccess extends TlsFiles {
  /** `--tls-verify=false`: a certificate that nobody vouches for, or no TLS. */
  readonly insecure?: boolean;
  /** `--creds` */
  readonly credential?: Credential;
  /** `--authfile`: the one file to look in. */
  readonly authFile?: string;
  /** `--no-creds` */
  readonly anonymous?: boolean;
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
  /** What its search finds, or of its catalog what has the term in its name. @throws RegistryError when it has neither */
  search(registry: string, term: string, options: SearchOptions): Promise<readonly SearchResult[]>;
  /** Tries a credential. @throws RegistryError `denied` when the registry does not take it */
  verify(place: RegistryPlace, credential: Credential, options: SearchOptions): Promise<void>;
  /** Who the caller is for which registry, kept. */
  readonly credentials: Credentials;
}

export interface SearchOptions extends TransferOptions {
  readonly access?: RegistryAccess | undefined;
  readonly limit?: number;
}

/** A registry, or the part of it below a path. */
export type RegistryPlace = Pick<ImageReference, "registry" | "repository">;

export function openNetwork(engine: Engine, config: RegistriesConfig): Network {
  const { client, runtime } = engine;
  const credentials = new Credentials(client.credentials);
  const base = openClient({ ...client, credentials, onWarning: (registry, text) => runtime.warn(`${registry}: ${text}`) });
  const contextOf = (named: string, access: RegistryAccess | undefined): ClientContext => ({
    ...base,
    credential: async (registry, repository) => {
      if (registry !== named || access === undefined) return base.credential(registry, repository);
      const { credential, anonymous = false, authFile } = access;
      if (credential !== undefined || anonymous) return credential;
      if (authFile === undefined) return base.credential(registry, repository);
      return (await credentials.findIn(authFile, registry, repository))?.credential;
    },
  });
  const endpoints = (place: RegistryPlace, purpose: "pull" | "push", access: RegistryAccess | undefined) =>
    endpointsFor(place, config, purpose).map((endpoint) => accessed(endpoint, access));
  const own = (place: RegistryPlace, access: RegistryAccess | undefined): Endpoint => {
    const [first] = endpoints(place, "push", access);
    if (first === undefined) throw new TeuError("unavailable", `${place.registry}: the configuration leaves no server to ask`);
    return first;
  };
  return {
    credentials,
    names: (text) => resolveName(text, config),
    source: (reference, access) =>
      new RegistrySource(reference, endpoints(reference, "pull", access), contextOf(reference.registry, access)),
    destination: (reference, { access, mountFrom = [] } = {}) =>
      new RegistryDestination(reference, own(reference, access), contextOf(reference.registry, access), { mountFrom: () => mountFrom }),
    repository: (reference, access) => {
      const endpoint = own(reference, access);
      return openRepository(new Connection(endpoint, contextOf(reference.registry, access)), endpoint.repository);
    },
    search: (registry, term, { access, ...options }) =>
      search(own({ registry, repository: "" }, access), contextOf(registry, access), term, options),
    verify: (place, credential, { access, signal }) =>
      verifyLogin(own(place, access), credential, contextOf(place.registry, access), signal),
  };
}

/** A server with what the command line says of it. */
function accessed(endpoint: Endpoint, access: RegistryAccess | undefined): Endpoint {
  if (access === undefined) return endpoint;
  const { insecure, credential, authFile, anonymous, ca, cert, key } = access;
  const said: Pick<Endpoint, "schemes" | "verify"> =
    insecure === undefined ? endpoint : { verify: !insecure, schemes: insecure ? ["https", "http"] : ["https"] };
  const { schemes, verify } = said;
  if (endpoint.mirror) return { ...endpoint, schemes, verify };
  const files = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  const { username: _, passwordFile: __, ...stranger } = endpoint;
  const isSaid = credential !== undefined || authFile !== undefined || anonymous === true;
  return { ...(isSaid ? stranger : endpoint), schemes, verify, ...files };
}
