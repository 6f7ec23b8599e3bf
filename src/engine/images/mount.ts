// Use cases `image mount` and `unmount`: an image's files in a directory of the host, read-only, at `<run root>/mounts/<ID>`. The kernel's table
// of mounts says what is mounted; a root in the store, under the directory's path, keeps the layers for as long. The root comes before
// the mount and goes after it, so that what a killed command or a reboot leaves is a root too many: the next command here finds it.
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Digest, hexOf, parseDigest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { isMountPoint } from "../../kernel/rootfs/mount-point.ts";
import { placeMount, removeMount } from "../../kernel/state/place-mount.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { openLookup } from "./lookup.ts";

/** The kind of its roots in the store. */
const KIND = "mount";
/** A directory that is not mounted on is younger than this while its maker is at it. */
const MAKING_MS = 60_000;
/** An ID's digits. */
const NAME = /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/;
const SHA512_DIGITS = 128;

export interface MountedImage {
  readonly path: string;
  readonly id: Digest;
  /** Canonical; none of an image that has lost them. */
  readonly names: readonly string[];
}

/**
 * Mounts an image, or finds it mounted; the result is the directory.
 * @throws TeuError `not-found`; `unsupported` without root; KernelError
 */
export async function mountImage(images: ImageEngine, text: string): Promise<string> {
  if (images.maps !== undefined) {
    throw new TeuError(
      "unsupported",
      `mount image ${text}: without root a mount is seen in its own namespace only; run it as root, or teu run -v for a container`,
    );
  }
  const { store, engine } = images;
  sweepMounts(images);
  const image = await storedImage(images, text);
  const path = join(directoryOf(images), hexOf(image.id));
  if (isMounted(path)) return path;
  const resolved = await openLookup(images).resolve(image.digest, {});
  if (resolved === undefined) throw new TeuError("not-found", `mount image ${text}: it is for another platform`);
  const mount = overlayMount(resolved.layers, undefined, { userxattr: false });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  store.roots.add(KIND, path, resolved.manifestDigest);
  try {
    placeMount(engine.runtime, mount, path);
  } catch (error) {
    forget(images, path);
    throw error;
  }
  return path;
}

/**
 * Unmounts an image; the result is its ID.
 * @throws TeuError `not-found` for what is not mounted; `conflict` while somebody uses it, unless forced
 */
export async function unmountImage(images: ImageEngine, text: string, { force }: { readonly force: boolean }): Promise<Digest> {
  const mounted = listMounts(images);
  const { id } = (await findMounted(mounted, images, text)) ?? {};
  if (id === undefined) throw new TeuError("not-found", `unmount image ${text}: it is not mounted`);
  unmount(images, join(directoryOf(images), hexOf(id)), { force });
  return id;
}

/** By its ID also an image that the store has not got any more. */
async function findMounted(mounted: readonly MountedImage[], images: ImageEngine, text: string): Promise<MountedImage | undefined> {
  const byId = mounted.filter(({ id, path }) => id === text || hexOf(id).startsWith(text) || path === text);
  if (byId.length === 1) return byId[0];
  const { id } = await storedImage(images, text);
  return mounted.find((one) => one.id === id);
}

/** Ends one mount; two commands that mounted at once have put one on the other. */
function unmount(images: ImageEngine, path: string, { force }: { readonly force: boolean }): void {
  while (isMounted(path)) {
    try {
      removeMount(images.engine.runtime, path, { lazy: force });
    } catch (error) {
      if (!(error instanceof TeuError) || !error.message.includes("EBUSY")) throw error;
      throw new TeuError("conflict", `unmount ${path}: somebody uses it (EBUSY); end that, or force it`, { cause: error });
    }
  }
  forget(images, path);
}

/** The images that are mounted, in the order of their IDs. */
export function listMounts(images: ImageEngine): readonly MountedImage[] {
  sweepMounts(images);
  const all = images.store.names.list();
  return directories(images)
    .filter(isMounted)
    .map((path) => {
      const hex = path.slice(path.lastIndexOf("/") + 1);
      const id = parseDigest(`${hex.length === SHA512_DIGITS ? "sha512" : "sha256"}:${hex}`);
      return { path, id, names: all.filter((image) => image.id === id).flatMap(({ names }) => names) };
    });
}

/** Takes away directories and roots of mounts that are not there: of killed commands, and of before a reboot. */
export function sweepMounts(images: ImageEngine): void {
  const rooted = images.store.roots.idsOf(KIND);
  for (const path of new Set([...rooted, ...directories(images)])) if (!isMounted(path) && !isYoung(path)) forget(images, path);
}

/** The directory first: a root without one is found by the next sweep. */
function forget({ store }: ImageEngine, path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!failedWith(error, "ENOENT")) return;
  }
  store.roots.remove(KIND, path);
}

/** Without symbolic links, as the kernel's table has it. */
const directoryOf = ({ engine }: ImageEngine): string => join(realpathSync(engine.runRoot), "mounts");

function directories(images: ImageEngine): readonly string[] {
  const directory = directoryOf(images);
  try {
    return readdirSync(directory)
      .filter((name) => NAME.test(name))
      .map((name) => join(directory, name))
      .toSorted();
  } catch (error) {
    if (failedWith(error, "ENOENT")) return []; // nothing was ever mounted
    throw error;
  }
}

function isMounted(path: string): boolean {
  return isMountPoint(path, readFileSync("/proc/self/mountinfo", "utf8"));
}

function isYoung(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < MAKING_MS;
}
