// The list of `sync`: skopeo-sync(1), "YAML file content". A registry, its credentials, and which images of it are wanted, by tag or digest,
// by a regular expression over tags, or all of them.

import { isDigest } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import { isRepositoryName, isTag } from "../../spec/distribution/reference.ts";
import { atMost } from "../../spec/image/shapes.ts";
import { anyString, boolean, object, optional, record, type Shape, where } from "../../spec/json/shape.ts";
import { Trail } from "../../spec/json/trail.ts";

export interface SyncRegistry {
  readonly registry: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tlsVerify?: boolean;
  /** Directory with CA and client certificates. */
  readonly certDir?: string;
  readonly images: readonly SyncImage[];
}

export interface SyncImage {
  readonly repository: string;
  /** Tags and digests; `all` for every tag there is. */
  readonly wanted: "all" | readonly string[] | RegExp;
}

interface RegistryFields {
  readonly images?: Readonly<Record<string, readonly string[] | null>>;
  readonly "images-by-tag-regex"?: Readonly<Record<string, string>>;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly "tls-verify"?: boolean;
  readonly "cert-dir"?: string;
}

const LARGEST_LIST = 4 * 1024 * 1024;
const MOST_TAGS = 10_000;
const LONGEST_PATTERN = 1000;

const repositoryName = (name: string) => (isRepositoryName(name) ? undefined : "is no name of a repository");
const tagOrDigest = where(anyString, (text) => isTag(text) || isDigest(text), "must be a tag or a digest");
const tags: Shape<readonly string[]> = atMost(MOST_TAGS, tagOrDigest);

const registryShape = object<RegistryFields>({
  // `image:` with nothing behind it, and an empty list, both mean every tag.
  images: optional(record<readonly string[] | null>((value, trail) => (value === null ? null : tags(value, trail)), repositoryName)),
  "images-by-tag-regex": optional(
    record(
      where(anyString, (text) => text.length <= LONGEST_PATTERN, "is too long"),
      repositoryName,
    ),
  ),
  credentials: optional(object<{ username: string; password: string }>({ username: anyString, password: anyString })),
  "tls-verify": optional(boolean),
  "cert-dir": optional(anyString),
});

/**
 * Reads a list.
 * @throws InvalidInputError with every problem and its field (`quay.io.images.app[0]`).
 */
export async function parseSyncList(text: string): Promise<readonly SyncRegistry[]> {
  const refuse = (message: string) => new InvalidInputError("the sync list", [{ field: "document", message }]);
  if (text.length > LARGEST_LIST) throw refuse(`is larger than ${LARGEST_LIST / 1024 / 1024} MiB`);
  const { parse } = await import("yaml");
  let document: unknown;
  try {
    // Few aliases: a list has no use for the hundreds that make a small document large.
    document = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    throw refuse(`is no YAML: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : error}`);
  }
  const trail = new Trail({ mayHoldNul: false });
  const found = record(registryShape)(document, trail);
  if (found === undefined || trail.refusals > 0) throw new InvalidInputError("the sync list", trail.problems);
  return Object.entries(found).map(([registry, fields]) => registryOf(registry, fields));
}

function registryOf(registry: string, fields: RegistryFields): SyncRegistry {
  const { images = {}, "images-by-tag-regex": patterns = {}, credentials, "tls-verify": tlsVerify, "cert-dir": certDir } = fields;
  return {
    registry,
    ...(credentials === undefined ? {} : { credentials }),
    ...(tlsVerify === undefined ? {} : { tlsVerify }),
    ...(certDir === undefined ? {} : { certDir }),
    images: [
      ...Object.entries(images).map(([repository, list]) => ({
        repository,
        wanted: list === null || list.length === 0 ? ("all" as const) : list,
      })),
      ...Object.entries(patterns).map(([repository, pattern]) => ({ repository, wanted: patternOf(registry, repository, pattern) })),
    ],
  };
}

function patternOf(registry: string, repository: string, pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    const field = `${registry}.images-by-tag-regex.${repository}`;
    throw new InvalidInputError("the sync list", [{ field, message: `${JSON.stringify(pattern)} is no regular expression` }]);
  }
}
