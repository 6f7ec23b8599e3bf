// Images that share layers in every way there is (a common beginning, the same layer over others, the same layer at other heights), made of
// bytes that a seed decides, and held in memory: what the store unpacked of them can be compared with what was meant.
import { gzipSync } from "node:zlib";
import { type Digest, digestOf, hexOf } from "../../../src/base/digest.ts";
import { chainIds } from "../../../src/spec/image/chain-id.ts";
import type { Descriptor } from "../../../src/spec/image/descriptor.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../../src/spec/image/media-types.ts";
import { archive, directory, file } from "../../layers/tar-builder.ts";
import { bytesOf } from "../../store/fixtures/images.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface PoolBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface PoolLayer extends PoolBlob {
  readonly diffId: Digest;
  /** Bytes of each of its files by their paths. */
  readonly files: ReadonlyMap<string, number>;
}

export interface PoolImage {
  /** Of its repository; its tag is `1`. */
  readonly name: string;
  readonly layers: readonly PoolLayer[];
  readonly chainIds: readonly Digest[];
  readonly config: PoolBlob;
  readonly manifest: PoolBlob;
}

/** KiB of each layer. */
const SIZES = [1800, 900, 100, 400, 250, 700, 120, 300, 550, 100] as const;
const FILES = 4;

/** Bottom to top. */
const IMAGES = {
  "pool/a": [0, 1, 2, 3],
  "pool/b": [0, 1, 4, 5],
  "pool/c": [0, 6, 2],
  "pool/d": [7, 8, 0, 9],
  "pool/e": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
} as const;

export const NAMES = Object.keys(IMAGES);

function blobOf(mediaType: string, bytes: Uint8Array): PoolBlob {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** A layer of files of which half is noise. */
function layerOf(index: number, kibibytes: number): PoolLayer {
  const noise = bytesOf(index + 1, kibibytes * 1024);
  const share = Math.floor(noise.length / FILES);
  const files = new Map<string, number>();
  const members = Array.from({ length: FILES }, (_, at) => {
    const path = `data/layer-${index}/file-${at}`;
    const data = Buffer.from(noise.subarray(at * share, (at + 1) * share)).toString("latin1");
    files.set(path, data.length);
    return file(path, data);
  });
  const tar = archive(directory("data/"), directory(`data/layer-${index}/`), ...members);
  return { ...blobOf(LAYER, gzipSync(tar, { level: 1 })), diffId: digestOf(tar), files };
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** An image of layers; `changes` go over its manifest. */
export function imageOf(name: string, layers: readonly PoolLayer[], changes: object = {}): PoolImage {
  const diffIds = layers.map(({ diffId }) => diffId);
  const document = { created: "2026-01-01T00:00:00Z", architecture: "amd64", os: "linux", config: { Labels: { name } } };
  const config = blobOf(OCI_CONFIG, encode({ ...document, rootfs: { type: "layers", diff_ids: diffIds } }));
  const manifest = blobOf(
    OCI_MANIFEST,
    encode({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
      ...changes,
    }),
  );
  return { name, layers, chainIds: chainIds(diffIds), config, manifest };
}

export function makePool(): readonly PoolImage[] {
  const layers = SIZES.map((size, index) => layerOf(index, size));
  return Object.entries(IMAGES).map(([name, picked]) =>
    imageOf(
      name,
      picked.flatMap((index) => layers[index] ?? []),
    ),
  );
}

/** A layer of one file of noise. */
export function noiseLayer(seed: number, size: number): PoolLayer {
  const path = `noise-${seed}`;
  const tar = archive(file(path, Buffer.from(bytesOf(seed, size)).toString("latin1")));
  return { ...blobOf(LAYER, gzipSync(tar, { level: 1 })), diffId: digestOf(tar), files: new Map([[path, size]]) };
}

/** As an OCI archive with a name: what `load` takes. */
export function ociArchive(image: PoolImage, name: string): Uint8Array {
  const blobs = [...new Map([...image.layers, image.config, image.manifest].map((blob) => [blob.descriptor.digest, blob])).values()];
  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("latin1");
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  return archive(
    file("oci-layout", text({ imageLayoutVersion: "1.0.0" })),
    file("index.json", text({ schemaVersion: 2, manifests: [{ ...image.manifest.descriptor, annotations }] })),
    ...blobs.map(({ descriptor, bytes }) => file(`blobs/sha256/${hexOf(descriptor.digest)}`, Buffer.from(bytes).toString("latin1"))),
  );
}

/** Puts an image into a registry: distribution-spec 1.1, "Pushing a blob monolithically". */
export async function publish(url: string, image: PoolImage, tag = "1"): Promise<void> {
  const base = `${url}/v2/${image.name}`;
  for (const { descriptor, bytes } of [...image.layers, image.config]) {
    if ((await fetch(`${base}/blobs/${descriptor.digest}`, { method: "HEAD" })).ok) continue;
    const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
    const place = new URL(begun.headers.get("location") ?? "", url);
    place.searchParams.set("digest", descriptor.digest);
    await put(place, bytes, "application/octet-stream");
  }
  await put(new URL(`${base}/manifests/${tag}`), image.manifest.bytes, OCI_MANIFEST);
}

async function put(place: URL, bytes: Uint8Array, type: string): Promise<void> {
  const answer = await fetch(place, { method: "PUT", body: new Uint8Array(bytes), headers: { "content-type": type } });
  if (answer.status !== 201) throw new Error(`PUT ${place}: ${answer.status} ${await answer.text()}`);
}
