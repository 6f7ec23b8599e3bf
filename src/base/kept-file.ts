// Files of what was computed once and can be computed again: compiled filters, plans, looked-up images. Each ends with the SHA-256 of what is
// before it; a file that is not whole is as good as none. Who can write to the directory can change what runs: it must be its user's
// alone (it is made 0700); the digest guards against accidents, not against that.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DIGEST_SIZE = 32;
/** Kept in a directory at most; the least lately written go first. */
const MOST_FILES = 96;

/** Bun's own digest: node:crypto takes longer to load than a filter takes to compile. */
function sha256(data: Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256").update(data).digest();
}

export interface KeepOptions {
  /** The directory goes with what it lies in, and is not to bring that back. */
  readonly inside?: "existing";
}

/** Writes aside and renames, so that no reader sees half a file. What cannot be stored, on a full disk, costs only time. */
export function keepFile(directory: string, name: string, content: Uint8Array, { inside }: KeepOptions = {}): void {
  const aside = join(directory, `.${name}.${process.pid}`);
  try {
    if (inside === undefined || !existsSync(directory)) mkdirSync(directory, { recursive: inside === undefined, mode: 0o700 });
    prune(directory);
  } catch {
    return;
  }
  try {
    writeFileSync(aside, Buffer.concat([content, sha256(content)]), { mode: 0o600 });
    renameSync(aside, join(directory, name));
  } catch {
    rmSync(aside, { force: true });
  }
}

/** The content of a file; undefined when there is none or it is damaged. */
export function readKept(directory: string, name: string): Buffer | undefined {
  let file: Buffer;
  try {
    file = readFileSync(join(directory, name));
  } catch {
    return undefined;
  }
  const content = file.subarray(0, Math.max(0, file.length - DIGEST_SIZE));
  return sha256(content).equals(file.subarray(content.length)) ? content : undefined;
}

export function dropKept(directory: string, name: string): void {
  rmSync(join(directory, name), { force: true });
}

function prune(directory: string): void {
  const names = readdirSync(directory);
  if (names.length < MOST_FILES) return;
  const oldest = names
    .map((name) => ({ name, time: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => a.time - b.time);
  for (const { name } of oldest.slice(0, names.length - MOST_FILES + 1)) rmSync(join(directory, name), { force: true });
}
