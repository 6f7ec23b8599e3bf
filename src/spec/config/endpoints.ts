// Where a reference is to be had: which entry of the configuration counts, what names mean, which servers are asked, in which order and how
// (containers-registries.conf(5), "Choosing a [[registry]] TOML table", "Remapping and mirroring registries", "Short-Name Aliasing").
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import {
  DEFAULT_REGISTRY,
  familiarName,
  type ImageReference,
  isRepositoryName,
  isShortName,
  parseReference,
} from "../distribution/reference.ts";
import type { Mirror, RegistriesConfig, RegistrySettings, TlsFiles } from "./registries.ts";

/** One server to ask. */
export interface Endpoint extends TlsFiles {
  /** Schemes to try, in order; the second only when no TLS server answers. */
  readonly schemes: readonly ("https" | "http")[];
  /** Where to connect: `registry-1.docker.io`, `[::1]:5000`. */
  readonly host: string;
  /** The name that credentials are filed under: `docker.io`. */
  readonly registry: string;
  /** On that server. */
  readonly repository: string;
  /** Whether the server's certificate must be vouched for. */
  readonly verify: boolean;
  readonly mirror: boolean;
  readonly username?: string;
  readonly passwordFile?: string;
}

/** docker.io is a name only; its registry answers here. */
const HOSTS: ReadonlyMap<string, string> = new Map([[DEFAULT_REGISTRY, "registry-1.docker.io"]]);

/** This machine, where nobody listens in; a registry for tests there has no certificate. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

interface Chosen {
  readonly prefix: string;
  readonly settings: RegistrySettings;
}

/** The entry whose prefix is the longest that the reference begins with, up to a part's end. Entries are not merged. */
export function settingsFor(reference: Pick<ImageReference, "registry" | "repository">, config: RegistriesConfig): Chosen | undefined {
  let chosen: Chosen | undefined;
  for (const [prefix, settings] of Object.entries(config.registries)) {
    if (fits(prefix, reference) && prefix.length > (chosen?.prefix.length ?? 0)) chosen = { prefix, settings };
  }
  return chosen;
}

function fits(prefix: string, { registry, repository }: Pick<ImageReference, "registry" | "repository">): boolean {
  if (prefix.startsWith("*.")) return registry.replace(/:\d+$/, "").endsWith(prefix.slice(1));
  return `${registry}/${repository}/`.startsWith(`${prefix}/`);
}

/**
 * The servers to ask for a reference, in order: its mirrors, then the registry itself, wherever it lies. A push goes to the registry as
 * named and nowhere else.
 * @throws TeuError `denied` when the configuration blocks it.
 */
export function endpointsFor(
  reference: Pick<ImageReference, "registry" | "repository" | "digest">,
  config: RegistriesConfig,
  purpose: "pull" | "push" = "pull",
): readonly Endpoint[] {
  const chosen = settingsFor(reference, config);
  const own = `${reference.registry}/${reference.repository}`;
  if (chosen === undefined) return [endpoint(own, {}, false)];
  const { prefix, settings } = chosen;
  if (settings.blocked === true) {
    const field = `registries[${JSON.stringify(prefix)}].blocked`;
    throw new TeuError("denied", `${purpose} ${familiarName(reference)}: the configuration blocks this registry (${field})`);
  }
  if (purpose === "push") return [endpoint(own, settings, false)];
  const mirrors = (settings.mirrors ?? []).filter((mirror) => serves(mirror, reference));
  const there = settings.location === undefined ? own : moved(reference, prefix, settings.location);
  return [
    ...mirrors.map((mirror) => mirrorEndpoint(moved(reference, prefix, mirror.location), mirror, config)),
    endpoint(there, settings, false),
  ];
}

function serves({ pullFromMirror = "all" }: Mirror, { digest }: ImageReference): boolean {
  return pullFromMirror === "all" || (pullFromMirror === "digest-only") === (digest !== undefined);
}

/** What a name becomes when `location` takes the place of the prefix. */
function moved({ registry, repository }: ImageReference, prefix: string, location: string): string {
  const rest = prefix.startsWith("*.") ? `/${repository}` : `${registry}/${repository}`.slice(prefix.length);
  const name = location + rest;
  if (name.includes("/") && isRepositoryName(name.slice(name.indexOf("/") + 1))) return name;
  const message = `in the place of ${prefix} makes ${name} of ${registry}/${repository}, which is no repository`;
  throw new InvalidInputError("the configuration of registries", [
    { field: `registries[${JSON.stringify(prefix)}] location ${location}`, message },
  ]);
}

/** How a mirror is spoken to is said with the mirror, or by the entry that its own address has. Never by the entry that it mirrors. */
function mirrorEndpoint(name: string, mirror: Mirror, config: RegistriesConfig): Endpoint {
  const slash = name.indexOf("/");
  const own = settingsFor({ registry: name.slice(0, slash), repository: name.slice(slash + 1) }, config)?.settings ?? {};
  const { location: _, pullFromMirror: __, ...said } = mirror;
  return endpoint(name, { ...own, ...said }, true);
}

function endpoint(name: string, settings: RegistrySettings, mirror: boolean): Endpoint {
  const slash = name.indexOf("/");
  const registry = name.slice(0, slash);
  const { ca, cert, key, username, passwordFile } = settings;
  // Who gives a CA for localhost means it; who says `insecure: false` too.
  const insecure = settings.insecure ?? (LOOPBACK.test(registry) && ca === undefined);
  return {
    schemes: insecure ? ["https", "http"] : ["https"],
    host: HOSTS.get(registry) ?? registry,
    registry,
    repository: name.slice(slash + 1),
    verify: !insecure,
    mirror,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { passwordFile }),
  };
}

/**
 * What a name as a person writes it can mean, in the order to look: one reference when it says its registry or has an alias, else one for
 * each registry of `unqualifiedSearch`.
 * @throws InvalidReferenceError
 */
export function resolveName(text: string, config: RegistriesConfig): readonly ImageReference[] {
  const plain = parseReference(text);
  if (!isShortName(text)) return [plain];
  const name = /^[^:@]*/.exec(text)?.[0] ?? "";
  const suffix = text.slice(name.length);
  const alias = Object.hasOwn(config.aliases, name) ? config.aliases[name] : undefined;
  if (alias !== undefined) return [parseReference(alias + suffix)];
  const slash = name.indexOf("/");
  const [prefix] = Object.entries(config.registries).find(([, settings]) => slash > 0 && settings.alias === name.slice(0, slash)) ?? [];
  if (prefix !== undefined) return [parseReference(prefix + name.slice(slash) + suffix)];
  if (config.unqualifiedSearch.length === 0)
    throw new TeuError("not-found", `${text} names no registry, and the configuration has unqualifiedSearch empty`);
  return config.unqualifiedSearch.map((registry) => parseReference(`${registry}/${text}`));
}
