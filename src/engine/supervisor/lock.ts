// One supervisor for an engine: who holds the lock is it. SQLite's exclusive lock is the kernel's (fcntl(2)), so that it goes with the
// process that held it, however that ends.
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Undefined where another process holds it. */
export function takeSupervisorLock(runRoot: string): Disposable | undefined {
  mkdirSync(runRoot, { recursive: true, mode: 0o711 });
  const file = new Database(join(runRoot, "supervisor.lock"), { create: true });
  try {
    file.run("BEGIN EXCLUSIVE");
    return { [Symbol.dispose]: () => file.close() };
  } catch (error) {
    file.close();
    if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}
