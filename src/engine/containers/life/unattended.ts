// A container whose monitor was killed while a command stayed with it: it may run on, with nobody who reads what it says or sees it end.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { killContainer } from "../../../kernel/state/kill.ts";
import { recordMonitorGone } from "../../../kernel/state/launch-container.ts";
import { isOfRun } from "../../../kernel/state/record.ts";
import type { Begun } from "../../../kernel/state/run.ts";
import { SIGNALS } from "../../../kernel/tables/signals.ts";
import type { Engine } from "../../engine.ts";
import { setAside } from "../state/set-aside.ts";
import { endAside, settle } from "../state/settle.ts";
import { steadyState, untilEnded } from "./until-ended.ts";

const KILL_MS = 10_000;

/** It runs, and its row could not be written: nobody would find it. */
export async function endUnregistered(engine: Engine, { record, launched }: Begun): Promise<void> {
  await steadyState(engine, record.id);
  try {
    killContainer(engine.runtime, record.id, { signal: SIGNALS.SIGKILL, all: false });
  } catch {
    launched.kill(SIGNALS.SIGKILL); // it was not made yet, or has ended
  }
}

/** Takes all of it away; the error to throw. What cannot be taken now is found by whoever comes next. */
export async function dropUnregistered(engine: Engine, { record }: Begun, cause: unknown): Promise<unknown> {
  try {
    // Without the database's lock, which may be what cannot be had: nobody else knows of it as long as this command lives.
    const aside = isOfRun(engine.runtime.root, record) ? setAside(engine.runtime.root, record.id) : undefined;
    if (aside !== undefined) await endAside(engine, aside);
    await (await import("./make.ts")).dropFiles(engine, record.id);
  } catch (error) {
    engine.runtime.warn(`clean up after container ${record.id}: ${error instanceof Error ? error.message : error}`);
  }
  return cause;
}

/** One that was to be gone when the command returns is ended; any other goes on, and is shown as what it is. */
export async function settleUnattended(engine: Engine, begun: Begun, { id, life }: ContainerDocument): Promise<void> {
  recordMonitorGone(begun);
  if (life.remove) {
    try {
      killContainer(engine.runtime, id, { signal: SIGNALS.SIGKILL, all: false });
    } catch (error) {
      if (!(error instanceof TeuError)) throw error; // it has ended with its monitor
    }
    await untilEnded(engine, id, { timeout: KILL_MS });
  }
  await settle(engine, id);
}
