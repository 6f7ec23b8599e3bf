// Use cases `login` and `logout`: who the caller is for a registry, tried before it is kept.
import { TeuError } from "../../base/errors.ts";
import type { Credential } from "../../image/credentials/credential.ts";
import type { StoredAt } from "../../image/credentials/credentials.ts";
import { isLocation } from "../../spec/config/registries.ts";
import { DEFAULT_REGISTRY } from "../../spec/distribution/reference.ts";
import type { ImageEngine } from "./image-engine.ts";
import type { RegistryAccess, RegistryPlace } from "./network.ts";

export interface LoginOptions {
  readonly access?: RegistryAccess | undefined;
  readonly signal?: AbortSignal;
}

/** What docker.io is called in places of old, and in docker's own files. */
const HUB_NAMES: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io", "index.docker.io/v1"]);

/**
 * The registry that people mean: `host[:port][/namespace]`, an URL of old, or nothing, which is docker.io.
 * @throws TeuError `invalid`
 */
export function registryNamed(text: string | undefined): string {
  const name = (text ?? DEFAULT_REGISTRY).replace(/^https?:\/\//, "").replace(/\/+$/, "");
  if (HUB_NAMES.has(name)) return DEFAULT_REGISTRY;
  if (isLocation(name)) return name;
  throw new TeuError("invalid", `${JSON.stringify((text ?? "").slice(0, 300))} is no registry: host[:port][/namespace] is needed`);
}

function placeOf(registry: string): RegistryPlace {
  const slash = registry.indexOf("/");
  return slash < 0 ? { registry, repository: "" } : { registry: registry.slice(0, slash), repository: registry.slice(slash + 1) };
}

/**
 * Tries a credential at a registry and keeps it.
 * @throws RegistryError `denied` when the registry does not take it; what the network and the credential helper say
 */
export async function login(
  images: ImageEngine,
  registry: string,
  credential: Credential,
  { access, signal }: LoginOptions = {},
): Promise<StoredAt> {
  const network = await images.network();
  await network.verify(placeOf(registry), credential, { access, ...(signal && { signal }) });
  return network.credentials.store(registry, credential);
}

/**
 * Tries the credential that is kept for a registry; undefined when there is none.
 * @throws as `login`
 */
export async function loginAgain(
  images: ImageEngine,
  registry: string,
  { access, signal }: LoginOptions = {},
): Promise<{ readonly from: string } | undefined> {
  const network = await images.network();
  const place = placeOf(registry);
  const found = await network.credentials.find(place.registry, place.repository);
  if (found === undefined) return undefined;
  await network.verify(place, found.credential, { access, ...(signal && { signal }) });
  return { from: found.from };
}

export interface LoggedOut {
  /** Whether there was a credential of ours. */
  readonly was: boolean;
  /** Where another one is still found: files of other programs are left alone. */
  readonly still: string | undefined;
}

/** Forgets the credential of a registry. */
export async function logout(images: ImageEngine, registry: string): Promise<LoggedOut> {
  const { credentials } = await images.network();
  const was = await credentials.erase(registry);
  const place = placeOf(registry);
  return { was, still: (await credentials.find(place.registry, place.repository))?.from };
}
