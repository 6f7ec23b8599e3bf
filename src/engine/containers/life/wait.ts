// Use case `wait`: until a container has ended, or is gone, and how its program ended.
import { lastEventOf } from "../../../containers/events/record.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { runState } from "../state/run-state.ts";
import { settle } from "../state/settle.ts";
import { untilEnded } from "./until-ended.ts";

/** docker's: `next-exit` also of a container that does not run yet. */
export const WAIT_CONDITIONS = ["not-running", "next-exit", "removed"] as const;
export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

/** For what nothing in the file system tells of: the start of a container, and its removal. */
const LOOK_MS = 100;

/**
 * Waits, without an end of its own but for the signal's.
 * @returns the exit code of the run; 0 of a container that never ran
 */
export async function waitContainer(
  engine: Engine,
  { id, run }: ContainerRow,
  { condition, signal }: { readonly condition: WaitCondition; readonly signal?: AbortSignal },
): Promise<number> {
  const isOver = () => runState(engine, id).kind !== "alive";
  const awaited = condition === "next-exit" && isOver() ? run + 1 : run;
  for (;;) {
    signal?.throwIfAborted();
    await untilEnded(engine, id, { signal });
    const row = await settle(engine, id);
    if (row === undefined) return lastExit(engine, id);
    if (condition !== "removed" && isOver() && row.run >= awaited) return row.exitCode ?? 0;
    await Bun.sleep(LOOK_MS);
  }
}

/** Of a container that is gone the record of events knows. */
function lastExit({ state }: Engine, id: string): number {
  return Number(lastEventOf(state.rows, id, "die")?.attributes.exitCode ?? 0);
}
