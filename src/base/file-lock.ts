// A lock that one process has at a time, and that goes with it however it ends: SQLite's exclusive lock of a file is the kernel's (fcntl(2)).
import { Database } from "bun:sqlite";
import { databaseError } from "./database.ts";

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
