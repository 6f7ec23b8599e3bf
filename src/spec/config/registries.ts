// The part of teu's configuration about registries: mirrors, insecure and blocked ones, certificates, credentials, aliases. The rules are
// those of containers-registries.conf(5), with a map in the place of its tables.
import { isRegistryName, isRepositoryName, isShortName, isTag } from "../distribution/reference.ts";
import { array, boolean, oneOf, optional, record, refined, type Shape, string, where } from "../json/shape.ts";
import { closed, readValue } from "./read-value.ts";

/** Which pulls a mirror is asked for: by digest it cannot give anything else, by tag it may lag behind. */
export type PullFromMirror = "all" | "digest-only" | "tag-only";

/** Files in PEM, by path. */
export interface TlsFiles {
  /** Certificates that sign the server's, in the place of the system's. */
  readonly ca?: string;
  /** The client's certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface Mirror extends TlsFiles {
  /** `host[:port][/path]`, which takes the place of the prefix. */
  readonly location: string;
  readonly insecure?: boolean;
  readonly pullFromMirror?: PullFromMirror;
}

export interface RegistrySettings extends TlsFiles {
  /** Asked in this order, before the registry itself. */
  readonly mirrors?: readonly Mirror[];
  /** A word that stands for the prefix at the start of a short name. */
  readonly alias?: string;
  /** HTTP, and TLS with certificates that nobody vouches for. */
  readonly insecure?: boolean;
  readonly blocked?: boolean;
  /** `host[:port][/path]` where what has the prefix really lies. */
  readonly location?: string;
  readonly username?: string;
  readonly passwordFile?: string;
}

export interface RegistriesConfig {
  /** By prefix: `host[:port][/path]` or `*.domain`. Only the longest that fits a reference counts. */
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** Short name → whole name, both without tag and digest. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Registries that a short name without an alias is looked for in; docker.io alone unless said. */
  readonly unqualifiedSearch: readonly string[];
}

export const NO_REGISTRIES_CONFIG: RegistriesConfig = { registries: {}, aliases: {}, unqualifiedSearch: ["docker.io"] };

const SCHEME = /^(https?):\/\//;

/** Whether a text is `host[:port][/path]`. */
export function isLocation(text: string): boolean {
  const slash = text.indexOf("/");
  return slash < 0 ? isRegistryName(text) : isRegistryName(text.slice(0, slash)) && isRepositoryName(text.slice(slash + 1));
}

function isPrefix(text: string): boolean {
  return text.startsWith("*.") ? !/[/:]/.test(text) && isRegistryName(text.slice(2)) : isLocation(text);
}

const path = where(string, (text) => text !== "", "must be the path of a file");
const location = where(string, isLocation, "must have the form host[:port][/path]");
const registryName = where(string, isRegistryName, "must have the form host[:port]");

const tlsFields = { ca: optional(path), cert: optional(path), key: optional(path) };

const certificatePair = <T extends TlsFiles>(shape: Shape<T>): Shape<T> =>
  refined(shape, ({ cert, key }, trail) => {
    if (cert !== undefined && key === undefined) trail.refuse("is needed along with cert", "key");
    if (key !== undefined && cert === undefined) trail.refuse("is needed along with key", "cert");
  });

const fullMirror = certificatePair(
  closed<Mirror>({
    ...tlsFields,
    location,
    insecure: optional(boolean),
    pullFromMirror: optional(oneOf(["all", "digest-only", "tag-only"])),
  }),
);

/** A mirror may be its address alone, also written as docker's `registry-mirrors` are: `http://mirror:5000`, which is insecure. */
const mirror: Shape<Mirror> = (value, trail) => {
  if (typeof value !== "string") return fullMirror(value, trail);
  const scheme = SCHEME.exec(value)?.[1];
  const bare = location(value.replace(SCHEME, "").replace(/\/$/, ""), trail);
  return bare === undefined ? undefined : { location: bare, ...(scheme === "http" && { insecure: true }) };
};

const settings = refined(
  certificatePair(
    closed<RegistrySettings>({
      ...tlsFields,
      mirrors: optional(array(mirror)),
      // A word only: with a dot or a port it would be a registry, and could take the place of a real one.
      alias: optional(
        where(string, (text) => isRepositoryName(text) && isTag(text) && isShortName(`${text}/x`), "must be one word in lower case"),
      ),
      insecure: optional(boolean),
      blocked: optional(boolean),
      location: optional(location),
      username: optional(where(string, (text) => text !== "" && !text.includes(":"), "must be a name without a colon")),
      passwordFile: optional(path),
    }),
  ),
  ({ username, passwordFile }, trail) => {
    if ((username === undefined) !== (passwordFile === undefined))
      trail.refuse("is needed along with the other of the two", username === undefined ? "username" : "passwordFile");
  },
);

const prefixFault = (name: string) => (isPrefix(name) ? undefined : "must have the form host[:port][/path] or *.domain");
const shortNameFault = (name: string) =>
  isRepositoryName(name) && isShortName(name) ? undefined : "must be a name without a registry, tag and digest";

const wholeName = where(
  string,
  (text) => isLocation(text) && text.includes("/") && !isShortName(text),
  "must be a name with its registry, without tag and digest",
);

interface Given {
  readonly registries?: RegistriesConfig["registries"];
  readonly aliases?: RegistriesConfig["aliases"];
  readonly unqualifiedSearch?: readonly string[];
}

const shape = closed<Given>({
  registries: optional(record(settings, prefixFault)),
  aliases: optional(record(wholeName, shortNameFault)),
  unqualifiedSearch: optional(array(registryName)),
});

/**
 * Reads the part `{ registries, aliases, unqualifiedSearch }` of the configuration.
 * @throws InvalidInputError with every problem and its field (`registries["docker.io"].mirrors[0].location`).
 */
export function parseRegistriesConfig(value: unknown): RegistriesConfig {
  if (value === undefined || value === null) return NO_REGISTRIES_CONFIG;
  return { ...NO_REGISTRIES_CONFIG, ...readValue(value, { subject: "the configuration of registries", shape }) };
}
