// The kernel that guests boot: Debian's cloud kernel, taken from the package archive and unpacked into a cache, never installed.
// It is told apart by its package name, so that a newer kernel in the archive is a new entry.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Drivers that the cloud kernel has as modules, in the order in which they must be loaded. */
const MODULES = [
  "kernel/drivers/virtio/virtio_ring.ko",
  "kernel/drivers/virtio/virtio.ko",
  "kernel/drivers/virtio/virtio_mmio.ko",
  "kernel/drivers/block/virtio_blk.ko",
  "kernel/drivers/char/virtio_console.ko",
] as const;

export interface GuestKernel {
  /** Path of the compressed kernel image. */
  readonly image: string;
  /** Kernel release, `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** Driver modules in load order. */
  readonly modules: readonly { readonly name: string; readonly data: Buffer }[];
}

/** What the meta package `linux-image-cloud-amd64` stands for today; undefined when apt has no lists. */
async function newestPackage(): Promise<string | undefined> {
  const { stdout } = await run("apt-cache", ["depends", "linux-image-cloud-amd64"]).catch(() => ({ stdout: "" }));
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Downloads and unpacks one kernel package as `<cache>/<name>`, whole or not at all; a second process may do the same meanwhile. */
async function unpackPackage(name: string, cache: string): Promise<void> {
  const work = await mkdtemp(join(cache, "kernel-"));
  try {
    await run("apt-get", ["-q", "-o", "APT::Sandbox::User=root", "download", name], { cwd: work });
    const archive = (await readdir(work)).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new Error(`apt-get download ${name}: no package came`);
    await run("dpkg-deb", ["-x", join(work, archive), join(work, "tree")]);
    await rename(join(work, "tree"), join(cache, name)).catch(async (error) => {
      if (!(await exists(join(cache, name, "boot")))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The newest cloud kernel that apt knows, else the newest that is in the cache.
 * @throws Error when neither apt nor the cache has one.
 */
export async function guestKernel(cache: string): Promise<GuestKernel> {
  await mkdir(cache, { recursive: true });
  let name = await newestPackage();
  if (name === undefined)
    name = (await readdir(cache))
      .filter((entry) => /^linux-image-.*-cloud-/.test(entry))
      .sort()
      .at(-1);
  if (name === undefined) throw new Error("find linux-image-cloud-amd64: apt does not know it: run apt-get update");
  if (!(await exists(join(cache, name)))) await unpackPackage(name, cache);
  const release = name.replace("linux-image-", "");
  const tree = join(cache, name);
  const modules = MODULES.map(async (path) => ({
    name: path.slice(path.lastIndexOf("/") + 1),
    data: await readFile(join(tree, "lib/modules", release, path)),
  }));
  return { image: join(tree, "boot", `vmlinuz-${release}`), release, modules: await Promise.all(modules) };
}
