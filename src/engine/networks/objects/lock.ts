// One command at a time chooses addresses for a network and makes it: engines with roots of their own see each other's networks only as routes
// of the host.
import { join } from "node:path";
import { withFileLock } from "../../../base/file-lock.ts";
import type { Engine } from "../../engine.ts";

const MACHINE_LOCK = "/run/teu-networks.lock";

/** @throws TeuError `unavailable` where another command keeps it too long */
export async function withNetworkLock<T>(engine: Pick<Engine, "runtime" | "runRoot">, work: () => Promise<T>): Promise<T> {
  // Users have a network namespace of their own.
  const path = engine.runtime.facts().rootless ? join(engine.runRoot, "networks.lock") : MACHINE_LOCK;
  return withFileLock(path, work);
}
