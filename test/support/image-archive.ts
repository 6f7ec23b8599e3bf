// Images made by hand: layers that a test writes down as tables of paths, and OCI archives of them (image-spec 1.1 image-layout.md), byte for
// byte the same for the same tables. Nothing here is shared with the code under test but digests and media types.
import { type Digest, digestOf, hexOf } from "../../src/base/digest.ts";
import { chainIds } from "../../src/spec/image/chain-id.ts";
import type { ExecutionConfig } from "../../src/spec/image/image-config.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../../src/spec/image/media-types.ts";
import { archive, directory, file, filled, type Header, header } from "../layers/tar-builder.ts";

/** What a layer holds, by path: a text is a file's, and what else there is in a tar is said as its header says it (`5` is a directory). */
export type Layer = Readonly<
  Record<string, string | { readonly link: string } | { readonly header: Header } | "whiteout" | "opaque" | "directory">
>;

export interface ArchiveImage {
  /** Tars, bottom to top. */
  readonly layers: readonly Uint8Array[];
  readonly config?: ExecutionConfig;
  /** The host's when absent. */
  readonly architecture?: string;
}

export interface ImageArchive {
  readonly bytes: Uint8Array;
  /** Digests of the configuration and of the layers' stacks, bottom to top, of each image. */
  readonly images: readonly { readonly id: Digest; readonly chainIds: readonly Digest[] }[];
}

const LAYER = "application/vnd.oci.image.layer.v1.tar";
const HOST = process.arch === "arm64" ? "arm64" : "amd64";

/** The tar of a layer; whiteouts as image-spec 1.1 layer.md has them. */
export function layerTar(layer: Layer): Uint8Array {
  return archive(...Object.entries(layer).flatMap(([path, content]) => members(path, content)));
}

function members(path: string, content: Layer[string]): Buffer[] {
  if (content === "directory") return [directory(`${path}/`)];
  if (content === "opaque") return [directory(`${path}/`), file(`${path}/.wh..wh..opq`)];
  if (content === "whiteout") return [file(path.replace(/[^/]+$/, ".wh.$&"))];
  if (typeof content === "string") return [file(path, content)];
  if ("link" in content) return [header({ name: path, flag: "2", target: content.link })];
  return [header({ name: path, ...content.header })];
}

/** An OCI archive of one image, or of an index of several, with a canonical name. */
export function imageArchive(images: readonly ArchiveImage[], name: string): ImageArchive {
  const blobs = new Map<Digest, Uint8Array>();
  const put = (mediaType: string, bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const putJson = (mediaType: string, value: unknown) => put(mediaType, encode(value));
  const made = images.map(({ layers, config, architecture = HOST }) => {
    const descriptors = layers.map((bytes) => put(LAYER, bytes));
    const diffIds = descriptors.map(({ digest }) => digest);
    const platform = { os: "linux", architecture };
    const id = putJson(OCI_CONFIG, { ...platform, config, rootfs: { type: "layers", diff_ids: diffIds } });
    const manifest = putJson(OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: id, layers: descriptors });
    return { id: id.digest, chainIds: chainIds(diffIds), manifest: { ...manifest, platform } };
  });
  const manifests = made.map(({ manifest }) => manifest);
  const top = made.length === 1 ? manifests : [putJson(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests })];
  const bytes = archive(
    member("oci-layout", encode({ imageLayoutVersion: "1.0.0" })),
    member(
      "index.json",
      encode({ schemaVersion: 2, manifests: top.map((one) => ({ ...one, annotations: { "io.containerd.image.name": name } })) }),
    ),
    ...[...blobs].map(([digest, content]) => member(`blobs/sha256/${hexOf(digest)}`, content)),
  );
  return { bytes, images: made.map(({ id, chainIds: chains }) => ({ id, chainIds: chains })) };
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const member = (name: string, bytes: Uint8Array) => Buffer.concat([header({ name, size: bytes.length }), filled(Buffer.from(bytes))]);
