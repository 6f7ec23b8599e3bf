// Who mounts the files of a container that does not run holds this lock: two overlays must not share an upper directory (overlayfs.rst, "Sharing
// and copying layers"). A start makes the running state first, and waits for the lock then; who takes the lock looks for running state then.
// So at least one of two sees the other.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { takeFileLock } from "../../../base/file-lock.ts";
import type { Engine } from "../../engine.ts";
import { containerPaths } from "../state/directory.ts";

/** Milliseconds between two looks at a lock that somebody holds. */
const LOOK = 10;

/** Waits for the lock. @throws the signal's reason where it is aborted meanwhile */
export async function lockFiles(engine: Pick<Engine, "root">, id: string, signal?: AbortSignal): Promise<Disposable> {
  const { filesLock } = containerPaths(engine.root, id);
  for (;;) {
    const lock = takeFileLock(whereItIs(filesLock, id));
    if (lock !== undefined) return lock;
    signal?.throwIfAborted();
    await Bun.sleep(LOOK);
  }
}

/** @throws TeuError `not-found` for a container that has just been removed */
function whereItIs(path: string, id: string): string {
  if (!existsSync(dirname(path))) throw new TeuError("not-found", `no such container: ${id}`);
  return path;
}

/** Waits until nobody has the files mounted, for a start whose running state is there. */
export async function filesFree(engine: Pick<Engine, "root">, id: string): Promise<void> {
  (await lockFiles(engine, id))[Symbol.dispose]();
}
