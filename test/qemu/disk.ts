// The guest's root disk: an ext4 image filled from a staging directory by mke2fs, without a mount and without root's help.
import { execFile } from "node:child_process";
import { chmod, copyFile, link, mkdir, realpath, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file of the guest: a host file as it is, one with the shared libraries it needs, a symbolic link, or text. */
export type GuestFile =
  | { readonly from: string }
  | { readonly program: string }
  | { readonly link: string }
  | { readonly text: string; readonly mode?: number };

/** Absolute guest path -> what is there. */
export type GuestFiles = Readonly<Record<string, GuestFile>>;

/** Where a Debian program's shared libraries are, its dynamic loader too; none for a static program. */
async function libraries(program: string): Promise<string[]> {
  const { stdout } = await run("ldd", [program]).catch(() => ({ stdout: "" }));
  return [...stdout.matchAll(/(?:=> |^\t)(\/\S+) \(0x/gm)].flatMap((match) => match[1] ?? []);
}

async function place(path: string, to: string): Promise<void> {
  const from = await realpath(path);
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  // a hard link costs nothing; another file system needs a copy
  await link(from, to).catch(async () => {
    await copyFile(from, to);
    await chmod(to, (await stat(from)).mode & 0o7777);
  });
}

async function addFile(root: string, path: string, file: GuestFile): Promise<void> {
  const to = join(root, path);
  if ("from" in file) return place(file.from, to);
  if ("program" in file) {
    for (const library of await libraries(file.program)) await place(library, join(root, library));
    return place(file.program, to);
  }
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  if ("link" in file) return symlink(file.link, to);
  await writeFile(to, file.text);
  await chmod(to, file.mode ?? 0o644);
}

/** Lays `files` out below `root`, which is made when missing; later entries replace earlier ones. */
export async function stage(root: string, files: GuestFiles): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, file] of Object.entries(files)) await addFile(root, path, file);
}

/** Copies a tree with its owners and modes, by hard links where it can: files of the copy may be replaced, not written to. */
export async function copyTree(from: string, to: string): Promise<void> {
  await run("cp", ["-al", from, to]).catch(async () => {
    await rm(to, { recursive: true, force: true });
    await run("cp", ["-a", from, to]);
  });
}

/** Makes `image` an ext4 file system of `sizeMiB` (sparse) with the content of `root`. */
export async function makeDisk(image: string, root: string, sizeMiB: number): Promise<void> {
  await writeFile(image, "");
  await truncate(image, sizeMiB * 2 ** 20);
  // no journal and no lazy initialisation: the guest lives for seconds
  const features = ["-O", "^has_journal,^resize_inode", "-E", "lazy_itable_init=0,nodiscard", "-m", "0"];
  await run("mke2fs", ["-q", "-F", "-t", "ext4", ...features, "-d", root, image]);
}
