// What is written to a log from now on, across rotations. The kernel wakes us (inotify(7)); while nothing is written, nothing runs.
import { type FSWatcher, watch } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fixedTime, readEntries } from "./entry.ts";
import { inodeOf, openThere, rotatedFiles } from "./files.ts";
import { LineReader } from "./lines.ts";

export interface FollowOptions {
  readonly signal?: AbortSignal;
  readonly ended?: Promise<unknown>;
}

/**
 * Whole lines as they come, until the container has ended.
 * @param reader of the file that was written to when reading began; undefined where there was none yet
 */
export async function* followLog(path: string, reader: LineReader | undefined, { signal, ended }: FollowOptions): AsyncGenerator<Buffer> {
  const waker = new Waker(path);
  const opened: FileHandle[] = [];
  let current = reader;
  let over = signal?.aborted === true;
  let lastTime = "";
  const stop = () => {
    over = true;
    waker.wake();
  };
  signal?.addEventListener("abort", stop);
  ended?.then(stop, stop);
  try {
    for (;;) {
      const last = over;
      if (signal?.aborted === true) return;
      for (let lines = await current?.next(); lines !== undefined; lines = await current?.next()) {
        lastTime = timeOfLast(lines) ?? lastTime;
        yield lines;
      }
      const next = await nextFile(path, current, lastTime);
      if (next !== undefined) {
        // The last lines of the old one may have come between our reading and the rotation.
        for (let lines = await current?.next(); lines !== undefined; lines = await current?.next()) yield lines;
        opened.push(next);
        current = new LineReader(next, 0);
        continue;
      }
      if ((await current?.startsAnew()) === true) continue;
      if (last) return;
      await waker.wait();
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    waker.close();
    for (const handle of opened) await handle.close();
  }
}

/** Wakes whoever waits when one of the log's files is written, made or renamed. What comes while nobody waits is not forgotten. */
class Waker {
  readonly #watcher: FSWatcher;
  #woken = false;
  #waiting: (() => void) | undefined;

  constructor(path: string) {
    const name = basename(path);
    this.#watcher = watch(dirname(path), (_event, file) => {
      if (file?.startsWith(name) !== false) this.wake();
    });
    this.#watcher.on("error", () => this.wake());
  }

  wake(): void {
    this.#woken = true;
    this.#waiting?.();
  }

  async wait(): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    this.#woken = false;
    this.#waiting = undefined;
  }

  close(): void {
    this.#watcher.close();
  }
}

/** The file that follows the one that we read, when it was rotated; undefined while it is the one that is written to. */
async function nextFile(path: string, current: LineReader | undefined, lastTime: string): Promise<FileHandle | undefined> {
  if (current === undefined) return await openThere(path);
  const own = (await current.handle.stat({ bigint: true })).ino;
  if (own === (await inodeOf(path))) return undefined;
  const younger: string[] = [path];
  for (const file of (await rotatedFiles(path)).reverse()) {
    if (file.packed) break;
    if ((await inodeOf(file.path)) === own) return await openThere(younger.at(-1) ?? path);
    younger.push(file.path);
  }
  // Ours has been packed meanwhile, or is gone: the next is the oldest that begins after what we have read.
  for (const candidate of younger.reverse()) {
    const handle = await openThere(candidate);
    if (handle === undefined) continue;
    const lines = await new LineReader(handle, 0).next();
    const [first] = lines === undefined ? [] : readEntries(lines).entries;
    if (candidate === path || (first !== undefined && fixedTime(first.time) >= fixedTime(lastTime))) return handle;
    await handle.close();
  }
  return undefined;
}

const NEWLINE = 0x0a;

function timeOfLast(lines: Buffer): string | undefined {
  const begin = lines.subarray(0, -1).lastIndexOf(NEWLINE) + 1;
  return readEntries(lines.subarray(begin)).entries.at(-1)?.time;
}
