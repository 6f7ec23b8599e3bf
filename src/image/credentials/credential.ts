// What proves to a registry who we are, and the names under which the field's files keep it.

export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A refresh token for the registry's token server (distribution docs/spec/auth/oauth.md). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A bearer token that the registry itself takes. */
  | { readonly kind: "registry-token"; readonly token: string };

/** docker's name for Docker Hub in config.json and to its helpers. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

const HUB_HOSTS: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** A key as people and programs write it (`https://host/v2/`, `index.docker.io`) as `host` or `host/namespace`. */
export function normaliseKey(key: string): string {
  const [host = "", ...path] = key
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/(v[12]\/?)?$/, "")
    .split("/");
  return [HUB_HOSTS.has(host) ? "docker.io" : host, ...path].join("/");
}

/** The keys that may hold a repository's credential, most exact first: `host/a/b`, `host/a`, `host` (containers-auth.json(5)). */
export function keysFor(registry: string, repository?: string): readonly string[] {
  const parts = [normaliseKey(registry), ...(repository === undefined || repository === "" ? [] : repository.split("/"))];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** The key under which docker and its helpers know a registry. */
export function dockerKey(key: string): string {
  return key === "docker.io" ? DOCKER_HUB_KEY : key;
}
