// Takes away what containers have left on disk: at their end, and, where the command that should have done it was killed, by whichever comes
// next. What a reboot has taken the state of, and was to be kept, stays.

import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import { bootId } from "../base/process-identity.ts";
import type { RuntimeContext } from "../kernel/state/context.ts";
import { deleteContainer } from "../kernel/state/delete.ts";
import { isAlive } from "../kernel/state/process.ts";
import { containerDir, readRecord } from "../kernel/state/record.ts";
import { readStatus } from "../kernel/state/status.ts";
import { containerNames, containerPaths, readStored, type StoredContainer } from "./container-directory.ts";
import type { Engine } from "./engine.ts";
import { releaseContainer } from "./release.ts";

/** A directory without a record is younger than this while its maker is at it. */
const MAKING_MS = 60_000;

/** Finds and removes leftovers. What cannot be removed is told, and no reason to fail. */
export async function sweepLeftovers(engine: Engine): Promise<void> {
  const kept = containerNames(engine.root);
  const begun = namesIn(engine.runtime.root).filter((name) => !kept.includes(name));
  for (const [names, sweep] of [
    [kept, sweepOne],
    [begun, sweepBegun],
  ] as const) {
    for (const id of names) {
      try {
        await sweep(engine, id);
      } catch (error) {
        if (error instanceof TeuError && error.code === "not-found") continue; // it has just ended by itself
        engine.runtime.warn(`remove what container ${id} has left: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}

/** A state directory whose maker has not got so far as a record, and the small directories of hooks and checkpoints. */
async function sweepBegun({ runtime }: Engine, name: string): Promise<void> {
  const directory = join(runtime.root, name);
  if (existsSync(join(directory, "state.json")) || isYoung(directory)) return;
  if (name.startsWith(".")) rmSync(directory, { recursive: true, force: true });
  else await deleteContainer(runtime, name, { force: true });
}

async function sweepOne(engine: Engine, id: string): Promise<void> {
  const { runtime, root } = engine;
  const stored = readStored(root, id);
  if (stored === undefined) return removeUnfinished(containerPaths(root, id).directory);
  if (stored.runRoot !== engine.runRoot) return; // another engine's that shares our root: its state is not ours to see
  if (!existsSync(containerDir(runtime.root, id))) {
    if (stored.remove || stored.boot === bootId()) await releaseContainer(runtime, root, id);
    return;
  }
  if (existsSync(containerPaths(root, id).pausedBy)) (await import("./pause-while.ts")).resumeAbandoned(engine, id);
  if (!isAlive(stored.creator.pid, stored.creator.start) && isOver(runtime, stored)) await deleteContainer(runtime, id, { force: true });
}

/** Never begun, or ended and to be removed; nobody else will. */
function isOver(runtime: RuntimeContext, { id, remove }: StoredContainer): boolean {
  const record = readRecord(runtime.root, id);
  return record === undefined || (remove && readStatus(runtime.root, id, record).status === "stopped");
}

/** The record comes first: without one there is nothing that a container could have written. */
function removeUnfinished(directory: string): void {
  if (!isYoung(directory)) rmSync(directory, { recursive: true, force: true });
}

function isYoung(directory: string): boolean {
  const stats = statSync(directory, { throwIfNoEntry: false });
  return stats === undefined || Date.now() - stats.mtimeMs < MAKING_MS;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // no container has been made
  }
}
