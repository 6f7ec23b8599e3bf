// A lock that one process has at a time, and that goes with it however it ends: SQLite's exclusive lock of a file is the kernel's (fcntl(2)).
import { Database } from "bun:sqlite";

/** Takes the lock that this file stands for, which is made where it is not there; undefined where another process holds it. */
export function takeFileLock(path: string): Disposable | undefined {
  const file = new Database(path, { create: true });
  try {
    file.run("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => file.close() };
  } catch (error) {
    file.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}
