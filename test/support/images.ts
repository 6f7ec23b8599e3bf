// Images in the store of a test's engine: a busybox and the layers that a test writes down, loaded by `teu load`.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, hexOf } from "../../src/base/digest.ts";
import type { ExecutionConfig } from "../../src/spec/image/image-config.ts";
import { type ArchiveImage, type ImageArchive, imageArchive, type Layer, layerTar } from "./image-archive.ts";
import { busyboxRootfs } from "./rootfs.ts";
import type { TestRoots } from "./roots.ts";
import { teu } from "./teu.ts";
import type { Account } from "./user.ts";

export interface StoredImage {
  /** Digest of its configuration. */
  readonly id: Digest;
  /** The directories of its unpacked layers, bottom to top. */
  readonly layers: readonly string[];
}

export interface ImageTable {
  readonly layers?: readonly Layer[];
  readonly config?: ExecutionConfig;
  readonly architecture?: string;
}

let base: Promise<Uint8Array> | undefined;

/** The tar of a busybox root file system, by GNU tar; the same for all tests of a process. */
function busyboxTar(): Promise<Uint8Array> {
  base ??= busyboxRootfs().then(async (rootfs) => {
    const argv = ["tar", "--create", "--sort=name", "--numeric-owner", "--mtime=@0", "--directory", rootfs, "."];
    const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "inherit"] });
    const bytes = await child.stdout.bytes();
    if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed`);
    return bytes;
  });
  return base;
}

/** An archive of images, each a busybox and its layers, with a canonical name. */
export async function busyboxArchive(name: string, tables: readonly ImageTable[]): Promise<ImageArchive> {
  const busybox = await busyboxTar();
  const images = tables.map(({ layers = [], ...rest }): ArchiveImage => ({ layers: [busybox, ...layers.map(layerTar)], ...rest }));
  return imageArchive(images, name);
}

/** Loads the image of an archive into the store of the roots, which are the account's. */
export async function load(roots: TestRoots, { bytes, images: [image] }: ImageArchive, account: Account | undefined): Promise<StoredImage> {
  if (image === undefined) throw new Error("the archive holds no image");
  const path = roots.path(`${hexOf(image.id)}.tar`);
  writeFileSync(path, bytes);
  const { status, stderr } = await teu(["load", "-q", "-i", path], { roots, ...(account === undefined ? {} : { user: account }) });
  if (status !== 0) throw new Error(`teu load: exit status ${status}: ${stderr}`);
  return { id: image.id, layers: image.chainIds.map((chainId) => join(roots.root, "layers", hexOf(chainId), "fs")) };
}
