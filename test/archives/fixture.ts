// Images for the tests of archives: small, with layers that GNU tar made, and the same bytes at every run.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { OciDirectoryDestination } from "../../src/image/archives/oci-directory.ts";
import type { ManifestBytes } from "../../src/image/ports/transport.ts";
import { canonicalJson } from "../../src/spec/image/canonical.ts";
import type { Descriptor } from "../../src/spec/image/descriptor.ts";
import { layerType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../../src/spec/image/media-types.ts";
import { encodeManifest } from "../../src/spec/image/parse-manifest.ts";
import type { Platform } from "../../src/spec/image/platform.ts";
import { runOk } from "../support/run.ts";

export const AMD64: Platform = { os: "linux", architecture: "amd64" };
export const ARM64: Platform = { os: "linux", architecture: "arm64" };

/** A tar of files with their contents. */
export async function tarOf(directory: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tree = join(directory, `tree-${digestOf(JSON.stringify(files)).slice(7, 19)}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), content);
  }
  const out = `${tree}.tar`;
  await runOk(["tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-C", tree, "-cf", out, "."]);
  return Buffer.from(await Bun.file(out).arrayBuffer());
}

export interface Blob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export function blobOf(mediaType: string, bytes: Uint8Array): Blob {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

export interface MadeImage {
  readonly blobs: readonly Blob[];
  readonly manifest: ManifestBytes;
}

function manifestOf(document: Parameters<typeof encodeManifest>[0]): ManifestBytes {
  const bytes = encodeManifest(document);
  return { bytes, mediaType: document.mediaType, digest: digestOf(bytes) };
}

/** A tar of a directory as it is. */
async function tarOfTree(directory: string, tree: string): Promise<Buffer> {
  const out = join(directory, `${digestOf(tree).slice(7, 19)}.tar`);
  await runOk(["tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-C", tree, "-cf", out, "."]);
  return Buffer.from(await Bun.file(out).arrayBuffer());
}

/** An image of two layers. `salt` makes it another one; `rootfs` takes the place of the lower one's files. */
export async function makeImage(
  directory: string,
  {
    platform = AMD64,
    salt = "a",
    compression = "gzip",
    rootfs,
  }: {
    readonly platform?: Platform;
    readonly salt?: string;
    readonly compression?: "gzip" | "zstd" | "none";
    readonly rootfs?: string;
  } = {},
): Promise<MadeImage> {
  const tars = [
    rootfs !== undefined
      ? await tarOfTree(directory, rootfs)
      : await tarOf(directory, { "etc/os-release": "NAME=fixture\n", "usr/share/zeros": "0".repeat(300_000) }),
    await tarOf(directory, { "etc/salt": `${salt} ${platform.architecture}\n` }),
  ];
  const pack = {
    gzip: (bytes: Uint8Array) => gzipSync(bytes),
    zstd: (bytes: Uint8Array) => zstdCompressSync(bytes),
    none: (bytes: Uint8Array) => bytes,
  };
  const layers = tars.map((tar) => blobOf(layerType("oci", compression), new Uint8Array(pack[compression](tar))));
  const config = blobOf(
    OCI_CONFIG,
    canonicalJson({
      ...platform,
      created: "2024-01-01T00:00:00Z",
      config: { Cmd: ["/bin/true"], Env: ["PATH=/bin"], Labels: { salt } },
      rootfs: { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) },
      history: tars.map(() => ({ created: "2024-01-01T00:00:00Z", created_by: "fixture" })),
    }),
  );
  const manifest = manifestOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return { blobs: [config, ...layers], manifest };
}

export function makeIndex(children: readonly { readonly manifest: ManifestBytes; readonly platform?: Platform }[]): ManifestBytes {
  return manifestOf({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: children.map(({ manifest: { mediaType, digest, bytes }, platform }) => ({
      mediaType,
      digest,
      size: bytes.length,
      ...(platform === undefined ? {} : { platform }),
    })),
  });
}

/** Writes a layout with a name that leads to `root`. */
export async function writeLayout(
  path: string,
  name: string | undefined,
  root: ManifestBytes,
  images: readonly MadeImage[],
  inside: readonly ManifestBytes[] = [],
): Promise<Digest> {
  await using layout = await OciDirectoryDestination.open(path, name);
  for (const { bytes, descriptor } of images.flatMap(({ blobs }) => blobs)) {
    await layout.putBlob(descriptor, async () =>
      (async function* () {
        yield bytes;
      })(),
    );
  }
  for (const manifest of [...images.map((image) => image.manifest), ...inside]) {
    if (manifest.digest !== root.digest) await layout.putManifest(manifest, { named: false });
  }
  await layout.putManifest(root, { named: true });
  await layout.commit();
  return root.digest;
}
