// What a registry lists: tags of a repository (distribution-spec 1.1, "Listing Tags"), its repositories, and Docker Hub's search. Lists
// come in pages, each with the address of the next (RFC 8288).
import { TeuError } from "../../base/errors.ts";
import type { Endpoint } from "../../spec/config/endpoints.ts";
import { RegistryError } from "../../spec/distribution/errors.ts";
import { nextPage } from "../../spec/distribution/link.ts";
import { DEFAULT_REGISTRY } from "../../spec/distribution/reference.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, array, boolean, integer, object, optional, type Shape } from "../../spec/json/shape.ts";
import type { TransferOptions } from "../ports/transport.ts";
import { CATALOG_SCOPE } from "./auth.ts";
import { type ClientContext, Connection } from "./connection.ts";
import type { Repository } from "./repository.ts";

export interface ListOptions extends TransferOptions {
  /** Names a page; the registry may give fewer. */
  readonly pageSize?: number;
  /** Begins after this name. */
  readonly after?: string;
}

interface Listing {
  readonly connection: Connection;
  readonly what: string;
  readonly path: string;
  readonly scopes: readonly string[];
  readonly options: ListOptions;
}

const MOST_PAGE = 4 * 1024 * 1024;
/** No registry has more; one that says so goes in circles. */
const MOST_PAGES = 10_000;

/** The pages of a list, one by one. @throws RegistryError, TeuError when a page points back at itself. */
export async function* pages<T>({ connection, what, path, scopes, options }: Listing, shape: Shape<T>): AsyncGenerator<T, void, void> {
  const { pageSize, after, signal } = options;
  let query: [string, string][] = [];
  if (pageSize !== undefined) query.push(["n", String(pageSize)]);
  if (after !== undefined) query.push(["last", after]);
  let next: string | URL = path;
  const seen = new Set<string>();
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const response = await connection.request({ what, method: "GET", path: next, query, scopes, expect: [200], ...(signal && { signal }) });
    yield readJson(await response.read(MOST_PAGE), { subject: `the answer to ${what}`, shape }).value;
    const url = nextPage(response.headers.get("link"), response.url);
    if (url === undefined) return;
    if (seen.has(url.href)) break;
    seen.add(url.href);
    [next, query] = [url, []];
  }
  throw new TeuError("unavailable", `${what}: the registry's pages have no end`);
}

interface TagsPage {
  readonly tags?: readonly string[];
}

/** All tags of a repository, in the registry's order. @throws RegistryError `not-found` when there is no such repository. */
export async function* listTags(repository: Repository, options: ListOptions = {}): AsyncGenerator<string, void, void> {
  const what = `list the tags of ${repository.display}`;
  const listing = { connection: repository.connection, what, path: `${repository.path}tags/list`, scopes: repository.pull, options };
  for await (const { tags = [] } of pages(listing, object<TagsPage>({ tags: optional(array(anyString)) }))) yield* tags;
}

interface CatalogPage {
  readonly repositories?: readonly string[];
}

/** All repositories of a registry; many registries allow nobody to ask. @throws RegistryError */
export async function* listRepositories(connection: Connection, options: ListOptions = {}): AsyncGenerator<string, void, void> {
  const what = `list the repositories of ${connection.endpoint.registry}`;
  const listing = { connection, what, path: "v2/_catalog", scopes: [CATALOG_SCOPE], options };
  const shape = object<CatalogPage>({ repositories: optional(array(anyString)) });
  for await (const { repositories = [] } of pages(listing, shape)) yield* repositories;
}

export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

interface FoundRepository {
  readonly name: string;
  readonly description?: string;
  readonly star_count?: number;
  readonly is_official?: boolean;
  readonly is_automated?: boolean;
}

const FOUND = object<{ readonly results: readonly FoundRepository[] }>({
  results: array(
    object<FoundRepository>({
      name: anyString,
      description: optional(anyString),
      star_count: optional(integer(0, Number.MAX_SAFE_INTEGER)),
      is_official: optional(boolean),
      is_automated: optional(boolean),
    }),
  ),
});

const DEFAULT_LIMIT = 25;

/** Docker Hub's search has a host of its own. */
const SEARCH_HOSTS: Readonly<Record<string, string>> = { [DEFAULT_REGISTRY]: "index.docker.io" };

/**
 * Repositories whose name has `term`: by docker's search where the registry has it (`/v1/search`), else by its catalog.
 * @throws RegistryError when the registry has neither.
 */
export async function search(
  endpoint: Endpoint,
  context: ClientContext,
  term: string,
  { limit = DEFAULT_LIMIT, signal }: TransferOptions & { readonly limit?: number } = {},
): Promise<readonly SearchResult[]> {
  const connection = new Connection({ ...endpoint, host: SEARCH_HOSTS[endpoint.registry] ?? endpoint.host }, context);
  const what = `search ${endpoint.registry} for ${JSON.stringify(term)}`;
  const query = [
    ["q", term],
    ["n", String(limit)],
  ] as const;
  try {
    const response = await connection.request({
      what,
      method: "GET",
      path: "v1/search",
      query,
      scopes: [],
      expect: [200],
      ...(signal && { signal }),
    });
    const { value } = readJson(await response.read(MOST_PAGE), { subject: `the answer to ${what}`, shape: FOUND });
    return value.results.slice(0, limit).map((found) => ({
      name: found.name,
      description: found.description ?? "",
      stars: found.star_count ?? 0,
      official: found.is_official ?? false,
      automated: found.is_automated ?? false,
    }));
  } catch (error) {
    if (!(error instanceof RegistryError && [400, 401, 404, 405].includes(error.status))) throw error;
  }
  const names: SearchResult[] = [];
  for await (const name of listRepositories(connection, signal ? { signal } : {})) {
    if (name.includes(term)) names.push({ name, description: "", stars: 0, official: false, automated: false });
    if (names.length === limit) break;
  }
  return names;
}
