// The images of the bench: a bootstrapped Debian in one layer, and the same files spread over forty, as OCI layouts made by tar and
// gzip, so that no contender made them.
import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Digest, Digester, digestOf, hexOf } from "../../../../src/base/digest.ts";

const run = promisify(execFile);
const LAYERS = 40;

export interface Layout {
  /** Directory of the OCI layout; its one image is tagged `bench`. */
  readonly directory: string;
  /** The compressed layers, in order. */
  readonly layers: readonly string[];
}

interface Layer {
  readonly diffId: Digest;
  readonly digest: Digest;
  readonly size: number;
  readonly path: string;
}

async function digestFile(path: string): Promise<{ readonly digest: Digest; readonly size: number }> {
  const digester = new Digester();
  for await (const chunk of Bun.file(path).stream()) digester.update(chunk);
  return { digest: digester.digest(), size: digester.size };
}

/** Packs some paths below a root, as people's tools do: tar, then gzip. */
async function makeLayer(root: string, paths: readonly string[], blobs: string): Promise<Layer> {
  const tar = join(blobs, "layer.tar");
  const flags = ["--sort=name", "--numeric-owner", "--xattrs", "--no-recursion", "--null", "--verbatim-files-from"];
  await writeFile(`${tar}.names`, paths.map((path) => `${path}\0`).join(""));
  await run("tar", ["--create", "--file", tar, "--directory", root, ...flags, `--files-from=${tar}.names`]);
  const { digest: diffId } = await digestFile(tar);
  await run("gzip", ["-n", "--force", tar]);
  const { digest, size } = await digestFile(`${tar}.gz`);
  const path = join(blobs, hexOf(digest));
  await rename(`${tar}.gz`, path);
  await rm(`${tar}.names`);
  return { diffId, digest, size, path };
}

/** Every path below a root, in order, relative to it. */
async function pathsOf(root: string): Promise<string[]> {
  const { stdout } = await run("find", [".", "-xdev", "-print0"], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return stdout.split("\0").filter(Boolean).toSorted();
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Writes a layout whose layers hold the paths of `root` in `count` parts. */
async function makeLayout(root: string, { directory, count }: { readonly directory: string; readonly count: number }): Promise<Layout> {
  const blobs = join(directory, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const paths = await pathsOf(root);
  const share = Math.ceil(paths.length / count);
  const layers: Layer[] = [];
  for (let at = 0; at < paths.length; at += share) layers.push(await makeLayer(root, paths.slice(at, at + share), blobs));
  const put = async (mediaType: string, value: unknown) => {
    const bytes = json(value);
    const digest = digestOf(bytes);
    await writeFile(join(blobs, hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const config = await put("application/vnd.oci.image.config.v1+json", {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Cmd: ["/bin/bash"], Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = await put("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: layers.map(({ digest, size }) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size })),
  });
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "bench" } };
  await writeFile(join(directory, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(directory, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  return { directory, layers: layers.map(({ path }) => path) };
}

export interface Layouts {
  readonly single: Layout;
  readonly forty: Layout;
}

/** Makes both images of a root file system below `directory`. */
export async function makeLayouts(rootfs: string, directory: string): Promise<Layouts> {
  if ((await readdir(rootfs)).length === 0) throw new Error(`${rootfs} is empty`);
  return {
    single: await makeLayout(rootfs, { directory: join(directory, "single"), count: 1 }),
    forty: await makeLayout(rootfs, { directory: join(directory, "forty"), count: LAYERS }),
  };
}
