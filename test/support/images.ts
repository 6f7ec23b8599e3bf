// Images in the store of a test's engine: a busybox and the layers that a test writes down, received by the code that receives every image.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, hexOf } from "../../src/base/digest.ts";
import type { ExecutionConfig } from "../../src/spec/image/image-config.ts";
import { REPOSITORY } from "../../tools/source-files.ts";
import { openBin } from "./executables.ts";
import { type ArchiveImage, type ImageArchive, imageArchive, type Layer, layerTar } from "./image-archive.ts";
import { busyboxRootfs } from "./rootfs.ts";
import type { TestRoots } from "./roots.ts";
import { runOk } from "./run.ts";
import { rootsEnvironment } from "./teu.ts";
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

/** An archive of images, each a busybox and its layers. */
export async function busyboxArchive(tables: readonly ImageTable[]): Promise<ImageArchive> {
  const busybox = await busyboxTar();
  const images = tables.map(({ layers = [], ...rest }): ArchiveImage => ({ layers: [busybox, ...layers.map(layerTar)], ...rest }));
  return imageArchive(images);
}

/** Where an engine's store has the layers of an archive's image. */
export function storedImage(root: string, { images: [image] }: ImageArchive): StoredImage {
  if (image === undefined) throw new Error("the archive holds no image");
  return { id: image.id, layers: image.chainIds.map((chainId) => join(root, "layers", hexOf(chainId), "fs")) };
}

/** Brings the image of an archive into the store of the roots, which are the account's, by its canonical name. */
export async function receive(roots: TestRoots, archive: ImageArchive, { name, account }: ReceiveOptions): Promise<StoredImage> {
  const path = roots.path(`${hexOf(archive.images[0]?.id ?? ("" as Digest))}.tar`);
  writeFileSync(path, archive.bytes);
  const script = join(REPOSITORY, "test/support/receive-image.script.ts");
  const user = account === undefined ? {} : { user: account };
  await runOk([process.execPath, script, await openBin(), path, name], {
    roots,
    env: rootsEnvironment(roots),
    timeoutMs: 120_000,
    ...user,
  });
  return storedImage(roots.root, archive);
}

export interface ReceiveOptions {
  readonly name: string;
  readonly account: Account | undefined;
}
