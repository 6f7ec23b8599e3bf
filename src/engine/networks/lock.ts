// One command at a time chooses addresses for a network and makes it: engines with roots of their own see each other's networks only as routes
// of the host.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { takeFileLock } from "../../base/file-lock.ts";
import type { Engine } from "../engine.ts";

const MACHINE_LOCK = "/run/teu-networks.lock";
const LONGEST_MS = 30_000;
const PAUSE_MS = 5;

/** @throws TeuError `unavailable` where another command keeps it too long */
export async function withNetworkLock<T>(engine: Pick<Engine, "runtime" | "runRoot">, work: () => Promise<T>): Promise<T> {
  // Users have a network namespace of their own.
  const path = engine.runtime.facts().rootless ? join(engine.runRoot, "networks.lock") : MACHINE_LOCK;
  return withFileLock(path, work);
}

/** The same, of any lock. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    using lock = takeFileLock(path);
    if (lock !== undefined) return await work();
    if (performance.now() > end)
      throw new TeuError("unavailable", `another command has kept ${path} locked for ${LONGEST_MS / 1000} seconds`);
    await Bun.sleep(PAUSE_MS);
  }
}
