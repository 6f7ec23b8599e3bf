// The files of one log: the one that is written to, and those that were rotated: `<path>.1` is the youngest, and some are packed (`.gz`).
import { constants } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";

export interface RotatedFile {
  readonly path: string;
  /** 1 is the youngest. */
  readonly number: number;
  readonly packed: boolean;
}

/** The rotated files, the oldest first. Where a file is there packed and as it was, packing was interrupted: it is the same twice. */
export async function rotatedFiles(path: string): Promise<RotatedFile[]> {
  const [dir, base] = [dirname(path), basename(path)];
  const found = new Map<number, RotatedFile>();
  for (const name of await readdir(dir).catch(() => [])) {
    const [, digits, suffix] = name.startsWith(`${base}.`) ? (/^\.(\d+)(\.gz)?$/.exec(name.slice(base.length)) ?? []) : [];
    if (digits === undefined) continue;
    const number = Number(digits);
    if (found.get(number)?.packed !== false) found.set(number, { path: join(dir, name), number, packed: suffix !== undefined });
  }
  return [...found.values()].sort((a, b) => b.number - a.number);
}

export interface OpenFile {
  readonly handle: FileHandle;
  readonly packed: boolean;
}

const TRIES = 10;

/**
 * All files of a log opened, the oldest first, the one that is written to last; none where there is no log yet. A rotation that comes between shows in
 * that file's being another one by then, and they are opened anew. Whoever calls closes them.
 */
export async function openLog(path: string): Promise<readonly OpenFile[]> {
  for (let tries = 1; ; tries++) {
    const before = await inodeOf(path);
    const opened: OpenFile[] = [];
    try {
      for (const file of [...(await rotatedFiles(path)), { path, packed: false }]) {
        const handle = await openThere(file.path);
        if (handle !== undefined) opened.push({ handle, packed: file.packed });
      }
    } catch (error) {
      await closeAll(opened);
      throw error;
    }
    if (tries === TRIES || (await inodeOf(path)) === before) return opened;
    await closeAll(opened);
  }
}

export async function closeAll(files: readonly OpenFile[]): Promise<void> {
  for (const { handle } of files) await handle.close();
}

/**
 * Undefined for a file that is not there, or has just gone.
 * @throws TeuError `internal` for what is no file: a link that somebody put there, a FIFO that would be waited for
 */
export async function openThere(path: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    if (failedWith(error, "ENOENT")) return undefined;
    if (!failedWith(error, "ELOOP", "ENXIO")) throw error;
  }
  throw new TeuError("internal", `read the log ${path}: it is not a regular file; remove what lies there`);
}

/** Which file lies at a path. */
export async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  }
}
