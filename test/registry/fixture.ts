// What the tests of the registry client share: an image made here, the client's surroundings, and reading to the end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { SYSTEM_CLOCK } from "../../src/image/client/clock.ts";
import { type ClientContext, Connection } from "../../src/image/client/connection.ts";
import type { HttpSettings } from "../../src/image/client/http.ts";
import { openRepository, type Repository } from "../../src/image/client/repository.ts";
import { TokenCache } from "../../src/image/client/tokens.ts";
import type { Credential } from "../../src/image/credentials/credential.ts";
import type { ManifestBytes } from "../../src/image/ports/transport.ts";
import { type Endpoint, endpointsFor } from "../../src/spec/config/endpoints.ts";
import { NO_REGISTRIES_CONFIG, type RegistrySettings } from "../../src/spec/config/registries.ts";
import { parseReference } from "../../src/spec/distribution/reference.ts";
import type { Descriptor } from "../../src/spec/image/descriptor.ts";
import { newMark } from "../support/mark.ts";

export interface TestContextOptions {
  readonly credential?: Credential;
  readonly settings?: Partial<HttpSettings>;
  readonly onWarning?: ClientContext["onWarning"];
}

/** A client that does not wait between its attempts; the waits that it would have made are in `waits`. */
export function clientContext(options: TestContextOptions = {}): ClientContext & { readonly waits: number[] } {
  const waits: number[] = [];
  const clock = {
    ...SYSTEM_CLOCK,
    random: () => 0.5,
    async sleep(milliseconds: number, signal?: AbortSignal) {
      waits.push(milliseconds);
      await SYSTEM_CLOCK.sleep(5, signal);
    },
  };
  const http: HttpSettings = {
    userAgent: "teu-test",
    proxies: {},
    clock,
    contactTimeout: 10_000,
    answerTimeout: 10_000,
    idleTimeout: 10_000,
    attempts: 4,
    ...options.settings,
  };
  const { onWarning } = options;
  return { http, tokens: new TokenCache(http), credential: async () => options.credential, waits, ...(onWarning && { onWarning }) };
}

/** What the configuration makes of a registry's name, with its settings. */
export function endpoint(host: string, repository: string, settings: RegistrySettings = {}): Endpoint {
  const config = { ...NO_REGISTRIES_CONFIG, registries: { [host]: settings } };
  const [found] = endpointsFor({ registry: host, repository }, config, "push");
  if (found === undefined) throw new Error(`no endpoint for ${host}`);
  return found;
}

export function repositoryAt(context: ClientContext, host: string, name: string, settings: RegistrySettings = {}): Repository {
  return openRepository(new Connection(endpoint(host, name, settings), context), name);
}

export const reference = (text: string) => parseReference(text);

export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes from an offset on in pieces, as a destination asks for them. */
export const opener =
  (bytes: Uint8Array, piece = 64 * 1024) =>
  async (offset: number) =>
    (async function* () {
      for (let at = offset; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    })();

/** Bytes that do not repeat, the same for the same seed. */
export function noise(size: number, seed: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  let state = seed * 2_654_435_761 + 1;
  for (let at = 0; at + 4 <= size; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((state ^ (state >>> 13)) >>> 0, at);
  }
  return bytes;
}

export interface TestImage {
  readonly manifest: ManifestBytes;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** An image whose layers are noise: registries do not look inside. `more` goes into the manifest. */
export function makeImage(sizes: readonly number[], seed = 1, more: object = {}): TestImage {
  const blobs = new Map<Digest, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layers = sizes.map((size, index) => add(LAYER, noise(size, seed * 100 + index)));
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const configuration = { architecture: "amd64", os: "linux", config: { Labels: { seed: String(seed) } }, rootfs };
  const config = add("application/vnd.oci.image.config.v1+json", Buffer.from(JSON.stringify(configuration)));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers, ...more }));
  return { manifest: { bytes, mediaType, digest: digestOf(bytes) }, config, layers, blobs };
}

/** Writes an image as an OCI layout with one name, for other programs. The caller disposes it. */
export function writeLayout({ manifest, blobs }: TestImage, name: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), `${newMark()}-layout-`));
  mkdirSync(join(path, "blobs/sha256"), { recursive: true });
  for (const [digest, bytes] of [...blobs, [manifest.digest, manifest.bytes] as const]) {
    writeFileSync(join(path, "blobs", digest.replace(":", "/")), bytes);
  }
  const { mediaType, digest, bytes } = manifest;
  const annotations = { "org.opencontainers.image.ref.name": name };
  const manifests = [{ mediaType, digest, size: bytes.length, annotations }];
  writeFileSync(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(path, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
