// Files without a name (open(2), O_TMPFILE): gone with their last descriptor, however the process ends.
import { constants, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { failedWith } from "./file-errno.ts";

/** include/uapi/asm-generic/fcntl.h: __O_TMPFILE | O_DIRECTORY; the first is the same on x86-64 and arm64, the second is not. */
export const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** A file of `content` on the file system of a directory, open for reading and writing at 0. The caller closes it. */
export function namelessFile(directory: string, content: Uint8Array): number {
  const fd = openNameless(directory);
  for (let at = 0; at < content.length; ) at += writeSync(fd, content, at, content.length - at, at);
  return fd;
}

function openNameless(directory: string): number {
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch (error) {
    if (!failedWith(error, "EOPNOTSUPP")) throw error;
  }
  // A network's file system: the name is there for a moment.
  const path = join(directory, `nameless-${crypto.randomUUID()}`);
  const fd = openSync(path, "wx+", 0o600);
  rmSync(path);
  return fd;
}
