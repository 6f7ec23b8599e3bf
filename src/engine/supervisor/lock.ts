// One supervisor for an engine: who holds the lock is it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "../../base/file-lock.ts";

/** Undefined where another process holds it. */
export function takeSupervisorLock(runRoot: string): Disposable | undefined {
  mkdirSync(runRoot, { recursive: true, mode: 0o711 });
  return takeFileLock(join(runRoot, "supervisor.lock"));
}
