// A lock that one process has at a time, and that goes with it however it ends: SQLite's exclusive lock of a file is the kernel's (fcntl(2)).
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { databaseError } from "./database.ts";
import { TeuError } from "./errors.ts";

const LONGEST_MS = 30_000;
const PAUSE_MS = 5;

/**
 * Takes the lock that this file stands for, which is made where it is not there; undefined where another process holds it.
 * @throws TeuError `unavailable` where the file cannot be made
 */
export function takeFileLock(path: string): Disposable | undefined {
  let file: Database | undefined;
  try {
    const opened = new Database(path, { create: true });
    file = opened;
    opened.run("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => opened.close() };
  } catch (error) {
    file?.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return undefined;
    throw databaseError(path, error);
  }
}

/**
 * Does the work when no other process holds the lock; its directory is made where it is not there, for others to pass through unless `mode` says less.
 * @throws TeuError `unavailable` where another process keeps it too long
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, mode = 0o711): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode });
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    using lock = takeFileLock(path);
    if (lock !== undefined) return await work();
    if (performance.now() > end)
      throw new TeuError("unavailable", `another command has kept ${path} locked for ${LONGEST_MS / 1000} seconds`);
    await Bun.sleep(PAUSE_MS);
  }
}
