// What lies beside criu's images: what the container's mounts were, which restore checks its own against.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";

/** The text of the container's /proc/PID/mountinfo at the checkpoint. */
const MOUNTS_FILE = "mountinfo";

/** Keeps the mounts. */
export function writeMounts(imagePath: string, mountinfo: string): void {
  writeFileSync(join(imagePath, MOUNTS_FILE), mountinfo, { mode: 0o600 });
}

/** Reads a file that lies beside the images. @throws TeuError `not-found` where this runtime has written none */
export function readBesideImages(imagePath: string, name: string): string {
  const path = join(imagePath, name);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TeuError("not-found", `read the checkpoint ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** Reads them back. @throws as readBesideImages */
export function readMounts(imagePath: string): string {
  return readBesideImages(imagePath, MOUNTS_FILE);
}
