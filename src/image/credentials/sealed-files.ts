// Our own keeping of credentials: a file for each registry, sealed with AES-256-GCM (NIST SP 800-38D); the key lies in another directory, mode
// 0600. Who copies or backs up the one has nothing without the other. It does not protect from who may read both: root, and our user.
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../base/atomic-file.ts";
import { digestOf, hexOf } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, integer, object } from "../../spec/json/shape.ts";
import { type Credential, fromNamedSecret, type NamedSecret, toNamedSecret } from "./credential.ts";

interface SealedFile {
  readonly version: number;
  /** Whose it is: `host` or `host/namespace`; sealed with the content. */
  readonly registry: string;
  /** base64. */
  readonly nonce: string;
  readonly sealed: string;
}

const SEALED = object<SealedFile>({ version: integer(1, 1), registry: anyString, nonce: anyString, sealed: anyString });
const SECRET = object<NamedSecret>({ username: anyString, secret: anyString });
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  }
}

export class SealedFiles {
  readonly directory: string;
  readonly keyFile: string;

  /** Both are made at the first `store`. */
  constructor(directory: string, keyFile: string) {
    this.directory = directory;
    this.keyFile = keyFile;
  }

  /** @throws TeuError when the file cannot be opened with the key, InvalidInputError when it is damaged. */
  async get(registry: string): Promise<Credential | undefined> {
    const path = this.#path(registry);
    const bytes = read(path);
    if (bytes === undefined) return undefined;
    const { nonce, sealed } = readJson(bytes, { subject: path, shape: SEALED }).value;
    const key = this.#readKey();
    const refuse = (cause?: unknown) =>
      new TeuError("unavailable", `${path} cannot be opened with the key ${this.keyFile}: log in to ${registry} again`, { cause });
    if (key === undefined) throw refuse();
    let plain: ArrayBuffer;
    try {
      plain = await crypto.subtle.decrypt(this.#cipher(registry, Buffer.from(nonce, "base64")), await key, Buffer.from(sealed, "base64"));
    } catch (cause) {
      throw refuse(cause);
    }
    return fromNamedSecret(readJson(new Uint8Array(plain), { subject: path, shape: SECRET }).value);
  }

  async store(registry: string, credential: Credential): Promise<void> {
    const plain = Buffer.from(JSON.stringify(toNamedSecret(credential)));
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const key = await (this.#readKey() ?? this.#makeKey());
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const sealed = new Uint8Array(await crypto.subtle.encrypt(this.#cipher(registry, nonce), key, plain));
    const file: SealedFile = {
      version: 1,
      registry,
      nonce: Buffer.from(nonce).toString("base64"),
      sealed: Buffer.from(sealed).toString("base64"),
    };
    writeAtomically(this.#path(registry), `${JSON.stringify(file)}\n`);
  }

  /** Whether there was one. */
  erase(registry: string): boolean {
    const path = this.#path(registry);
    const was = read(path) !== undefined;
    rmSync(path, { force: true });
    return was;
  }

  /** The registries that have a file. */
  list(): readonly string[] {
    let names: readonly string[] = [];
    try {
      names = readdirSync(this.directory).filter((name) => name.endsWith(".json"));
    } catch {
      // None was ever stored.
    }
    return names.flatMap((name) => {
      const bytes = read(join(this.directory, name));
      return bytes === undefined ? [] : [readJson(bytes, { subject: join(this.directory, name), shape: SEALED }).value.registry];
    });
  }

  /** A file a registry: two logins at once do not lose each other's. */
  #path(registry: string): string {
    return join(this.directory, `${hexOf(digestOf(registry)).slice(0, 32)}.json`);
  }

  /** The registry is authenticated with the secret, so that a file cannot be passed off as another registry's. */
  #cipher(registry: string, iv: Uint8Array<ArrayBuffer>) {
    return { name: "AES-GCM", iv, additionalData: Buffer.from(`teu credential 1\0${registry}`) };
  }

  #readKey(): Promise<CryptoKey> | undefined {
    const bytes = read(this.keyFile);
    if (bytes === undefined) return undefined;
    if ((statSync(this.keyFile).mode & 0o077) !== 0)
      throw new TeuError(
        "denied",
        `the key ${this.keyFile} can be read by others than its owner: chmod 600 ${this.keyFile}, and change the passwords`,
      );
    if (bytes.length !== KEY_BYTES)
      throw new InvalidInputError(this.keyFile, [{ field: "document", message: `is not a key of ${KEY_BYTES} bytes` }]);
    return this.#import(bytes);
  }

  #makeKey(): Promise<CryptoKey> {
    mkdirSync(dirname(this.keyFile), { recursive: true, mode: 0o700 });
    const aside = `${this.keyFile}.${crypto.randomUUID()}`;
    try {
      writeFileSync(aside, crypto.getRandomValues(new Uint8Array(KEY_BYTES)), { mode: 0o600, flush: true, flag: "wx" });
      // link(2) fails where another process was first: its key is the key then.
      linkSync(aside, this.keyFile);
    } catch (error) {
      if (!failedWith(error, "EEXIST")) throw error;
    } finally {
      rmSync(aside, { force: true });
    }
    const key = this.#readKey();
    if (key === undefined) throw new TeuError("unavailable", `the key ${this.keyFile} was removed while it was made: log in again`);
    return key;
  }

  #import(bytes: Buffer): Promise<CryptoKey> {
    return crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
  }
}
