// The supervisor: a process that does duties when they are due, and waits for the next without looking at anything meanwhile. It ends when
// there is none. All that it knows is in the table of duties, so that it may be killed at any time: a duty that is under way stays in the
// table until it is done, and whoever does it has to bear that it was half done before.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Duty, duties } from "../../containers/duties/rows.ts";
import { hangDoorbell } from "../background/doorbell.ts";
import { doAlone } from "../background/lock.ts";
import type { Engine } from "../engine.ts";

/** Does one duty; when it returns the row is gone, or due at another time. */
export type DoDuty = (duty: Duty) => Promise<void>;

export interface Duties extends Pick<Engine, "state" | "runRoot" | "root"> {
  readonly runtime: Pick<Engine["runtime"], "now" | "warn">;
}

/** So many at a time: a machine that has just started begins hundreds of containers. */
const MOST_AT_ONCE = 8;
/** A duty that failed for a reason of ours (a full disk) is tried again after this. */
const AGAIN_MS = 1_000;

/** Returns when there is no duty left, or another process is the supervisor. */
export async function supervise(engine: Duties, perform: DoDuty): Promise<void> {
  await doAlone(engine.runRoot, "supervisor", async () => {
    while (hasWork(engine)) await work(engine, perform);
  });
}

/** The database must not be made anew by whoever has outlived it. */
function hasWork({ root, state }: Duties): boolean {
  return existsSync(join(root, "state.db")) && duties(state.rows).length > 0;
}

/** Does duties until there are none. One may have come at the end: it was written before the doorbell went, and nobody was told. */
async function work(engine: Duties, perform: DoDuty): Promise<void> {
  const underWay = new Set<string>();
  const bell = hangDoorbell(engine.runRoot, "supervisor");
  const begin = (duty: Duty) => {
    underWay.add(keyOf(duty));
    void attempt(engine, perform, duty).then(() => {
      underWay.delete(keyOf(duty));
      bell.ring();
    });
  };
  try {
    for (;;) {
      const now = engine.runtime.now().getTime();
      const waiting = hasWork(engine) ? duties(engine.state.rows).filter((duty) => !underWay.has(keyOf(duty))) : [];
      const due = waiting.filter((duty) => duty.due <= now).slice(0, MOST_AT_ONCE - underWay.size);
      for (const duty of due) begin(duty);
      const next = waiting[due.length];
      if (next === undefined && underWay.size === 0) return;
      const full = underWay.size === MOST_AT_ONCE;
      await bell.wait(next === undefined || full ? undefined : next.due - now);
    }
  } finally {
    bell.close();
  }
}

const keyOf = ({ container, kind }: Duty): string => `${kind} ${container}`;

/** What fails is no reason to leave the other duties; it stays in the table, and is under way until it is tried again. */
async function attempt({ runtime }: Duties, perform: DoDuty, duty: Duty): Promise<void> {
  try {
    await perform(duty);
  } catch (error) {
    runtime.warn(`${duty.kind} of container ${duty.container}: ${error instanceof Error ? error.message : error}`);
    await Bun.sleep(AGAIN_MS);
  }
}
