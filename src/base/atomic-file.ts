// Files that are whole or not there, also after a power cut: written aside, fsync(2), rename(2), and the directory synced, because a
// rename is durable only when its directory is.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Makes the names of a directory durable. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces the file `path`, mode 0600 unless told. One writer at a time: the file aside is `path`.tmp, and a writer that died before
 * leaves one that the next overwrites.
 */
export function writeAtomically(path: string, content: string | Uint8Array, { mode = 0o600 } = {}): void {
  const aside = `${path}.tmp`;
  try {
    const descriptor = openSync(aside, "w", mode);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}
