// Layers made here are unpacked by umoci and podman to the tree that they were made of; both read tars with Go's library, podman by the
// same code as docker.
import { afterAll, beforeAll, expect } from "bun:test";
import { createReadStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, hexOf } from "../../src/base/digest.ts";
import { applyLayer } from "../../src/image/layers/apply.ts";
import type { Compression } from "../../src/image/layers/compression.ts";
import { LayerWriter, type PackedLayer } from "../../src/image/layers/diff.ts";
import { requires } from "../support/requires.ts";
import { runOk } from "../support/run.ts";
import { makeTree, treeLines } from "./trees.ts";

// podman takes short, lower-case paths only.
const here = join(tmpdir(), `teu-layers-${crypto.randomUUID().slice(0, 8)}`);
mkdirSync(here, { mode: 0o700 });
const tree = join(here, "tree");
const layers = new Map<Compression, { readonly bytes: Buffer; readonly layer: PackedLayer }>();

beforeAll(async () => {
  mkdirSync(tree);
  await makeTree(tree);
  const source = join(here, "source.tar");
  await runOk(["tar", "-C", tree, "--format=posix", "--sparse", "--xattrs", "-cf", source, "."]);
  for (const compression of ["none", "gzip", "zstd"] as const) {
    const chunks: Uint8Array[] = [];
    const writer = await LayerWriter.open((chunk) => void chunks.push(Buffer.from(chunk)), { compression });
    await applyLayer(createReadStream(source), writer);
    layers.set(compression, { layer: await writer.end(), bytes: Buffer.concat(chunks) });
  }
});

afterAll(() => rmSync(here, { recursive: true, force: true }));

/** An image layout of one layer. */
function writeLayout(compression: Compression): string {
  const packed = layers.get(compression);
  if (packed === undefined) throw new Error(`no layer of ${compression}`);
  const layout = join(here, `layout-${compression}`);
  const put = (bytes: Buffer | string, mediaType: string) => {
    const digest = digestOf(bytes);
    writeFileSync(join(layout, "blobs/sha256", hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const layer = put(packed.bytes, packed.layer.mediaType);
  const rootfs = { type: "layers", diff_ids: [packed.layer.diffId] };
  const config = put(
    JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs }),
    "application/vnd.oci.image.config.v1+json",
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }), mediaType);
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "it" } };
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return layout;
}

requires("root", "setfattr", "umoci").test(
  "umoci unpacks our layer to the same tree",
  async () => {
    const bundle = join(here, "bundle");
    await runOk(["umoci", "unpack", "--image", `${writeLayout("gzip")}:it`, bundle]);
    expect(treeLines(join(bundle, "rootfs"))).toEqual(treeLines(tree));
    const note = await runOk(["getfattr", "--absolute-names", "-n", "user.note", "--only-values", join(bundle, "rootfs/d/file")]);
    expect(note).toBe("value");
  },
  60_000,
);

requires("root", "setfattr", "podman").test(
  "podman unpacks our layers, gzip and zstd, to the same tree",
  async () => {
    const podman = [
      "podman",
      "--root",
      join(here, "storage"),
      "--runroot",
      join(here, "run"),
      "--storage-driver",
      "vfs",
      "--cgroup-manager",
      "cgroupfs",
    ];
    for (const compression of ["gzip", "zstd"] as const) {
      const id = await runOk([...podman, "pull", "--quiet", `oci:${writeLayout(compression)}:it`]);
      const mounted = await runOk([...podman, "image", "mount", id]);
      try {
        // It sets no times before the epoch.
        expect(treeLines(mounted)).toEqual(treeLines(tree).map((line) => line.replace(" -2000000000 ", " 0 ")));
      } finally {
        await runOk([...podman, "image", "unmount", "--all"]);
        await runOk([...podman, "rmi", "--all", "--force"]);
      }
    }
  },
  120_000,
);
