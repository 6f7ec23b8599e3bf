// `events`: what a container uses, now or as it goes on, and its OOM kills, as lines of JSON (runc's types/events.go).
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "../../base/errors.ts";
import { oomEvents, oomKills } from "../cgroup/control/oom.ts";
import { readStats, statsJson } from "../cgroup/control/stats.ts";
import type { RuntimeContext } from "./context.ts";
import { type Container, findContainer } from "./query.ts";

/** One event of the container's statistics. @throws TeuError `conflict` for a container that does not run */
export function statsEvent(context: RuntimeContext, id: string): string {
  return statsOf(runningContainer(context, id));
}

export interface WatchOptions {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  emit(event: string): void;
}

/** Emits statistics at every interval and each OOM kill as it happens, until the container has ended. @throws as statsEvent */
export async function watchEvents(context: RuntimeContext, id: string, { intervalMs, signal, emit }: WatchOptions): Promise<void> {
  const container = runningContainer(context, id);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const oom = emitOomEvents(container, { signal: either, emit });
  try {
    while (!either.aborted) {
      await sleep(intervalMs, undefined, { signal: either }).catch(() => undefined); // rejects when aborted: the loop ends by itself
      if (either.aborted || !isRunning(context, id)) break;
      emit(statsOf(container));
    }
  } finally {
    over.abort();
    await oom;
  }
}

async function emitOomEvents({ id, record }: Container, { signal, emit }: Pick<WatchOptions, "signal" | "emit">): Promise<void> {
  if (oomKills(record.cgroups) === undefined) return; // memory is not counted here: there is nothing to tell
  for await (const _count of oomEvents(record.cgroups, { signal })) emit(JSON.stringify({ type: "oom", id }));
}

function statsOf({ id, record }: Container): string {
  return `{"type":"stats","id":${JSON.stringify(id)},"data":${statsJson(readStats(record.cgroups))}}`;
}

function runningContainer(context: RuntimeContext, id: string): Container {
  const container = findContainer(context, id);
  const { status } = container.status;
  if (status === "stopped") throw new TeuError("conflict", `watch container ${id}: container not running: it is stopped`);
  return container;
}

function isRunning(context: RuntimeContext, id: string): boolean {
  try {
    return findContainer(context, id).status.status !== "stopped";
  } catch {
    return false; // deleted meanwhile
  }
}
