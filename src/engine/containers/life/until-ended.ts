// Waits for the end of a container's run, which the kernel tells: the monitor writes into the directory of the running state, which is watched.
import { type FSWatcher, watch } from "node:fs";
import { containerDir } from "../../../kernel/state/record.ts";
import type { Engine } from "../../engine.ts";
import { type RunState, runState } from "../state/run-state.ts";

/** A monitor that was killed writes nothing. */
const UNTOLD_MS = 1000;

export interface UntilOptions {
  /** Milliseconds; for ever where it is not said. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True when the container has no program that runs; false when that takes longer, or nobody wants to know any more. */
export async function untilEnded(engine: Engine, id: string, { timeout, signal }: UntilOptions = {}): Promise<boolean> {
  const end = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
  using changes = changesOf(containerDir(engine.runtime.root, id));
  while (runState(engine, id).kind === "alive") {
    const left = end - performance.now();
    if (left <= 0 || signal?.aborted === true) return false;
    await changes.next(Math.min(left, UNTOLD_MS), signal);
  }
  return true;
}

interface Changes extends Disposable {
  /** Settles with the next change, or after the time. */
  next(timeout: number, signal: AbortSignal | undefined): Promise<void>;
}

function changesOf(directory: string): Changes {
  let changed = Promise.withResolvers<void>();
  const tell = () => changed.resolve();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(directory, tell).on("error", tell);
  } catch {
    // gone already: whoever looks sees that
  }
  return {
    async next(timeout, signal) {
      const timer = setTimeout(tell, timeout);
      signal?.addEventListener("abort", tell, { once: true });
      await changed.promise;
      signal?.removeEventListener("abort", tell);
      clearTimeout(timer);
      changed = Promise.withResolvers<void>();
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

const POLL_MS = 5;

/** Looks again and again, for what ends soon. */
export async function poll(holds: () => boolean, timeout: number): Promise<boolean> {
  for (let waited = 0; !holds(); waited += POLL_MS) {
    if (waited >= timeout) return false;
    await Bun.sleep(POLL_MS);
  }
  return true;
}

/** Somebody is at beginning or ending the run: what comes of it is known soon. */
const UNDER_WAY: ReadonlySet<string> = new Set(["creating", "created", "ending"]);
const UNDER_WAY_MS = 10_000;

/** The state of a container that nobody is in the middle of changing; as it is where that takes longer. */
export async function steadyState(engine: Engine, id: string): Promise<RunState> {
  let state = runState(engine, id);
  await poll(() => {
    state = runState(engine, id);
    return state.kind !== "alive" || !UNDER_WAY.has(state.status);
  }, UNDER_WAY_MS);
  return state;
}
