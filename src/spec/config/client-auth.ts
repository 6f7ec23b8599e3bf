// Credentials that other clients left: docker's ~/.docker/config.json (docker/cli, docs/reference/commandline/cli.md, "Configuration files")
// and podman's auth.json (containers-auth.json(5)), which has the same form. Lenient to all that is not about credentials.
import type { ImageReference } from "../distribution/reference.ts";
import { readJson } from "../json/read.ts";
import { object, optional, record, string, where } from "../json/shape.ts";

export interface ClientAuth {
  /** base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  /** A refresh token, in the place of a password. */
  readonly identitytoken?: string;
  /** A bearer token, sent as it is. */
  readonly registrytoken?: string;
}

export interface ClientConfig {
  /** By registry, also `host/namespace`, also docker's `https://index.docker.io/v1/`. */
  readonly auths?: Readonly<Record<string, ClientAuth>>;
  /** The helper for all registries: `docker-credential-<name>`. */
  readonly credsStore?: string;
  /** By registry. */
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly HttpHeaders?: Readonly<Record<string, string>>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** It becomes a part of a program's name, so no path and no option. */
const helperName = where(
  string,
  (name) => /^[A-Za-z0-9][\w.-]{0,63}$|^$/.test(name),
  "must be the name of a credential helper, such as pass",
);

const headerValue = where(string, (text) => !/[\r\n]/.test(text), "must not hold a line break");

const shape = object<ClientConfig>({
  auths: optional(
    record(
      object<ClientAuth>({
        auth: optional(string),
        username: optional(string),
        password: optional(string),
        identitytoken: optional(string),
        registrytoken: optional(string),
      }),
    ),
  ),
  credsStore: optional(helperName),
  credHelpers: optional(record(helperName)),
  HttpHeaders: optional(
    record(headerValue, (name) => (/^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "must be the name of a header field")),
  ),
});

/** `name` is the file's, for messages. @throws InvalidInputError */
export function parseClientConfig(bytes: Uint8Array, name: string): ClientConfig {
  return readJson(bytes, { subject: name, shape }).value;
}

/** The keys that credentials of a reference can be under, best first: the repository, its namespaces, the registry, docker's old address. */
export function credentialKeys({ registry, repository }: Pick<ImageReference, "registry" | "repository">): readonly string[] {
  const parts = repository.split("/");
  const paths = parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join("/")}`);
  return [...paths, registry, ...(registry === "docker.io" ? [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"] : [])];
}

/** What docker files the credentials of docker.io under, here and in helpers. */
export const DOCKER_HUB = "https://index.docker.io/v1/";

/** `host/path` of a key: docker's of old were addresses with a scheme and a version. */
function plainKey(key: string): string {
  return key
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\/?$/, "")
    .replace(/\/$/, "");
}

/** The entry for a reference, by the best key that there is. */
export function findAuth(config: ClientConfig, reference: Pick<ImageReference, "registry" | "repository">): ClientAuth | undefined {
  const entries = Object.entries(config.auths ?? {});
  for (const wanted of credentialKeys(reference)) {
    const found = entries.find(([key]) => key === wanted) ?? entries.find(([key]) => plainKey(key) === plainKey(wanted));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** The helper for a registry, by its own entry, else for all; undefined where none is said, or an entry turns it off by "". */
export function helperFor({ credHelpers, credsStore }: ClientConfig, registry: string): string | undefined {
  const keys = registry === "docker.io" ? [registry, DOCKER_HUB, "index.docker.io"] : [registry];
  const own = keys.find((key) => credHelpers !== undefined && Object.hasOwn(credHelpers, key));
  return (own === undefined ? credsStore : credHelpers?.[own]) || undefined;
}

/** User and password of an entry; undefined when it has none, as those of docker with a helper do, or is not in the form. */
export function credentialsOf({ auth, username, password }: ClientAuth): Credentials | undefined {
  if (auth !== undefined && auth !== "") {
    // docker has been seen to end it with NUL bytes.
    const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = text.indexOf(":");
    return colon <= 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return username !== undefined && username !== "" && password !== undefined ? { username, password } : undefined;
}

/** An entry as docker and podman write it. */
export function encodeAuth({ username, password }: Credentials): ClientAuth {
  return { auth: Buffer.from(`${username}:${password}`, "utf8").toString("base64") };
}
