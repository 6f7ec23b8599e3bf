// Files that are whole or not there: written aside, flushed, renamed (rename(2) replaces atomically), and the directory flushed
// so that a power cut cannot bring the old name back. The caller holds whatever lock keeps two writers of one file apart.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface AtomicFileOptions {
  /** Permissions of a new file, less the umask; the default is the owner's alone. */
  readonly mode?: number;
  /** False for what does not outlive a reboot anyway (state on a tmpfs): no flushing. */
  readonly durable?: boolean;
}

/**
 * Writes a file whole: after any crash there is the old content or the new one. What an earlier crash left aside is replaced.
 * @throws the system's error; then the file is as it was, and nothing is left aside.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array, options: AtomicFileOptions = {}): void {
  const { mode = 0o600, durable = true } = options;
  const aside = `${path}.tmp`;
  rmSync(aside, { force: true });
  // O_EXCL: never through a link that somebody put there meanwhile.
  const file = openSync(aside, "wx", mode);
  try {
    try {
      writeFileSync(file, content);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  if (durable) syncDirectory(dirname(path));
}

/** Flushes a directory's names (fsync(2), NOTES). */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
