// Where credentials are looked for and kept: our own files first, then docker's config.json with its helpers, then podman's auth.json.
// What is stored goes to a helper where one is configured, else to our own sealed files; never in clear text.
import { readFile } from "node:fs/promises";
import {
  type ClientConfig,
  credentialKeys,
  credentialsOf,
  DOCKER_HUB,
  findAuth,
  helperFor,
  parseClientConfig,
} from "../../spec/config/client-auth.ts";
import { DEFAULT_REGISTRY } from "../../spec/distribution/reference.ts";
import type { Credential } from "./credential.ts";
import { CredentialHelper } from "./helper.ts";
import { SealedFiles } from "./sealed-files.ts";

export interface CredentialPlaces {
  /** Our own files, below the configuration. */
  readonly directory: string;
  /** Their key, below the data. */
  readonly keyFile: string;
  /** Paths of docker's config.json, whose helpers are also used to store. */
  readonly dockerConfig?: string;
  /** Paths of podman's auth.json, in the order to look. */
  readonly authFiles: readonly string[];
  /** A helper asked for by our own configuration: `pass` for docker-credential-pass. */
  readonly helper?: string;
  /** The environment of helpers. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FoundCredential {
  readonly credential: Credential;
  /** For messages: a path or a helper's name. */
  readonly from: string;
}

/** Where a credential was put; `helper` or the paths of the sealed file's directory and its key. */
export type StoredAt = { readonly helper: string } | { readonly directory: string; readonly keyFile: string };

/** What a file cannot be is read as if it were not there: others' files are not ours to complain about. */
const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EACCES"]);

async function readConfig(path: string): Promise<ClientConfig> {
  try {
    return parseClientConfig(await readFile(path), path);
  } catch (error) {
    if (error instanceof Error && "code" in error && ABSENT.has(error.code)) return {};
    throw error;
  }
}

const serverName = (registry: string) => (registry === DEFAULT_REGISTRY ? DOCKER_HUB : registry);

export class Credentials {
  readonly #places: CredentialPlaces;
  readonly #own: SealedFiles;

  constructor(places: CredentialPlaces) {
    this.#places = places;
    this.#own = new SealedFiles(places.directory, places.keyFile);
  }

  /**
   * The credential for a repository of a registry, as references name it (`docker.io`); the most exact key of the first place counts.
   * @throws InvalidInputError for a damaged file, TeuError when a helper fails
   */
  async find(registry: string, repository = ""): Promise<FoundCredential | undefined> {
    const reference = { registry, repository };
    for (const key of credentialKeys(reference)) {
      const credential = await this.#own.get(key);
      if (credential !== undefined) return { credential, from: this.#own.directory };
    }
    if (this.#places.helper !== undefined) {
      const found = await this.#ask(this.#places.helper, registry);
      if (found !== undefined) return found;
    }
    const { dockerConfig, authFiles } = this.#places;
    for (const path of [...(dockerConfig === undefined ? [] : [dockerConfig]), ...authFiles]) {
      const found = await this.#inFile(path, reference);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What one file says, docker's or podman's, with the helpers that it names. @throws InvalidInputError, TeuError as `find` */
  async findIn(path: string, registry: string, repository = ""): Promise<FoundCredential | undefined> {
    return this.#inFile(path, { registry, repository });
  }

  /** Keeps a credential for a registry, or a part of it. @throws TeuError when the helper fails */
  async store(registry: string, credential: Credential): Promise<StoredAt> {
    const helper = await this.#helperFor(registry);
    if (helper !== undefined) {
      await helper.store(serverName(registry), credential);
      // An older one of ours would be found first.
      this.#own.erase(registry);
      return { helper: helper.name };
    }
    await this.#own.store(registry, credential);
    return { directory: this.#own.directory, keyFile: this.#own.keyFile };
  }

  /** Forgets a registry's credential in our files and the helper; whether there was one. Others' files stay as they are. */
  async erase(registry: string): Promise<boolean> {
    const was = this.#own.erase(registry);
    const helper = await this.#helperFor(registry);
    const kept = helper !== undefined && (await helper.get(serverName(registry))) !== undefined;
    if (kept) await helper.erase(serverName(registry));
    return was || kept;
  }

  async #helperFor(registry: string): Promise<CredentialHelper | undefined> {
    const { helper, dockerConfig, env } = this.#places;
    const name = helper ?? (dockerConfig === undefined ? undefined : helperFor(await readConfig(dockerConfig), registry));
    return name === undefined ? undefined : new CredentialHelper(name, env);
  }

  async #ask(name: string, registry: string): Promise<FoundCredential | undefined> {
    const helper = new CredentialHelper(name, this.#places.env);
    const credential = await helper.get(serverName(registry));
    return credential === undefined ? undefined : { credential, from: helper.name };
  }

  async #inFile(path: string, reference: { readonly registry: string; readonly repository: string }): Promise<FoundCredential | undefined> {
    const config = await readConfig(path);
    const name = helperFor(config, reference.registry);
    const asked = name === undefined ? undefined : await this.#ask(name, reference.registry);
    if (asked !== undefined) return asked;
    const entry = findAuth(config, reference);
    if (entry === undefined) return undefined;
    if (entry.identitytoken) return { credential: { kind: "identity-token", token: entry.identitytoken }, from: path };
    if (entry.registrytoken) return { credential: { kind: "registry-token", token: entry.registrytoken }, from: path };
    const found = credentialsOf(entry);
    return found && { credential: { kind: "password", ...found }, from: path };
  }
}
