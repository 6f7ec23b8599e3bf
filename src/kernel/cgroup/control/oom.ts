// The OOM events of `events`: how often the kernel has killed in a container for want of memory, as it happens.
import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { TeuError } from "../../../base/errors.ts";
import { parseKeyed } from "./counters.ts";
import { type CgroupPaths, readText } from "./files.ts";

/** v1 tells by an eventfd only, which Node cannot make; its counter (kernel 4.13) is read this often, in milliseconds. */
const POLL = 250;
/** v2 raises a file-modified event; a slow poll beside it notices the cgroup's end. */
const POLL_V2 = 2000;

/** The number of OOM kills so far; undefined once the cgroup is gone, or where memory is not counted. */
export function oomKills(paths: CgroupPaths): number | undefined {
  const file = oomFile(paths);
  const text = file === undefined ? undefined : readText(file);
  return text === undefined ? undefined : Number(parseKeyed(text).oom_kill ?? 0n);
}

function oomFile({ memory, unified }: CgroupPaths): string | undefined {
  if (memory !== undefined) return `${memory}/memory.oom_control`;
  return unified === undefined ? undefined : `${unified}/memory.events`;
}

/**
 * Yields the count each time it has grown, until the cgroup is removed or `signal` aborts.
 * @throws TeuError `unsupported` for a container whose memory is not counted
 */
export async function* oomEvents(paths: CgroupPaths, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<number, void> {
  const file = oomFile(paths);
  let seen = oomKills(paths);
  if (file === undefined || seen === undefined)
    throw new TeuError("unsupported", "watch for OOM kills: the container has no memory cgroup");
  let wake = Promise.withResolvers<void>();
  const watcher = paths.memory === undefined ? watch(file, () => wake.resolve()) : undefined;
  try {
    while (!signal.aborted) {
      const now = oomKills(paths);
      if (now === undefined) return;
      if (now > seen) yield now;
      seen = now;
      const pause = watcher === undefined ? sleep(POLL, undefined, { signal }) : sleep(POLL_V2, undefined, { signal, ref: false });
      await Promise.race([wake.promise, pause]).catch(() => undefined); // rejects when aborted: the loop ends by itself
      wake = Promise.withResolvers<void>();
    }
  } finally {
    watcher?.close();
  }
}
