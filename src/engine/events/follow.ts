// Events as they happen. Whoever follows sleeps until somebody writes to the database: SQLite appends what is new to the file state.db-wal,
// which inotify(7) tells of.
import { type FSWatcher, watch } from "node:fs";
import type { RecordedEvent } from "../../containers/events/event.ts";
import { type EventRange, lastEvent, readEvents } from "../../containers/events/record.ts";
import type { Engine } from "../engine.ts";

export interface FollowOptions extends Pick<EventRange, "since" | "until"> {
  /** Ends the following. */
  readonly signal?: AbortSignal;
}

const BATCH = 500;
const NANOSECONDS = 1_000_000n;

/** Those since a moment, or from now on; to a moment, or for ever. */
export async function* followEvents(engine: Engine, { since, until, signal }: FollowOptions): AsyncGenerator<RecordedEvent, void, void> {
  const { state, runtime, root } = engine;
  let after = since === undefined ? lastEvent(state.rows) : 0;
  const range = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  const leftMs = () => (until === undefined ? Number.POSITIVE_INFINITY : Number(until / NANOSECONDS) - runtime.now().getTime());
  using writes = new Writes(root);
  const stop = () => writes.tell();
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      const last = leftMs() <= 0;
      for (let more = true; more; ) {
        const events = state.read((db) => readEvents(db, { ...range, after }, BATCH));
        for (const event of events) {
          after = event.id;
          yield event;
        }
        more = events.length === BATCH;
      }
      if (last || signal?.aborted === true) return;
      await writes.next(leftMs());
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The file is written before readers may see what was written (the index of the log, which is shared memory, comes last): look again. */
const LOOK_AGAIN_MS = [15, 150, 1500];
const LONGEST_TIMER = 0x7fff_ffff;

/** Wakes whoever waits when the database is written to. */
class Writes implements Disposable {
  readonly #watcher: FSWatcher;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #told = false;
  #wake: (() => void) | undefined;

  /** @param root the directory of state.db */
  constructor(root: string) {
    this.#watcher = watch(root, (_, name) => {
      if (name !== "state.db-wal") return;
      this.tell();
      this.#clear();
      this.#timers = LOOK_AGAIN_MS.map((ms) => setTimeout(() => this.tell(), ms));
    });
  }

  tell(): void {
    this.#told = true;
    this.#wake?.();
  }

  /** Returns at the next write, at once if there was one since the last return, or when so much time has gone. */
  async next(ms: number): Promise<void> {
    if (!this.#told) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const end = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, Math.min(Math.max(ms, 0), LONGEST_TIMER));
      await promise;
      clearTimeout(end);
      this.#wake = undefined;
    }
    this.#told = false;
  }

  #clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  [Symbol.dispose](): void {
    this.#clear();
    this.#watcher.close();
  }
}
