// Use case `search`: repositories of a registry by a part of their names, and the tags of one.
import { listTags, type SearchResult } from "../../image/client/listings.ts";
import { DEFAULT_REGISTRY, isRegistryName, isShortName } from "../../spec/distribution/reference.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess } from "./network.ts";

export interface SearchOptions {
  readonly limit: number;
  readonly access?: RegistryAccess | undefined;
}

/** A registry that a term begins with: `localhost:5000/deb`. */
function splitTerm(text: string): { readonly registry: string; readonly term: string } {
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0));
  if (slash < 0 || isShortName(text) || !isRegistryName(host)) return { registry: DEFAULT_REGISTRY, term: text };
  return { registry: host, term: text.slice(slash + 1) };
}

/**
 * What a registry finds for a term, the best liked first; without a registry before the term docker.io is asked.
 * @throws RegistryError when the registry has neither a search nor a catalog
 */
export async function searchImages(images: ImageEngine, text: string, options: SearchOptions): Promise<readonly SearchResult[]> {
  const { registry, term } = splitTerm(text);
  const network = await images.network();
  const found = await network.search(registry, term, options);
  const prefix = registry === DEFAULT_REGISTRY ? "" : `${registry}/`;
  return found.map((result) => ({ ...result, name: prefix + result.name })).toSorted((a, b) => b.stars - a.stars);
}

/**
 * Tags of a repository, so many at most.
 * @throws RegistryError `not-found` when there is no such repository
 */
export async function searchTags(images: ImageEngine, text: string, { limit, access }: SearchOptions): Promise<readonly string[]> {
  const network = await images.network();
  const tags: string[] = [];
  for (const reference of network.names(text).slice(0, 1))
    for await (const tag of listTags(network.repository(reference, access), { pageSize: limit })) {
      tags.push(tag);
      if (tags.length === limit) break;
    }
  return tags;
}
