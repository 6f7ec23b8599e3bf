// A run that the command stays with, to its end. What it has in hand is not read again: nothing that only other ends need is loaded.
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Launched } from "../../../kernel/launch/launcher.ts";
import { completeRecord } from "../../../kernel/state/launch-container.ts";
import type { Prepared } from "../../../kernel/state/prepared.ts";
import { type Begun, endOfRun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import { startedOnNetworks } from "../../networks/containers/life.ts";
import { callSupervisor } from "../../supervisor/call.ts";

/** Called once the launcher runs: forwards signals, serves the terminal. */
export type Attend = (launched: Launched, prepared: Prepared, id: string) => void;

/** Off the way of a start: a container that lives so long gets noted that it runs, and by which processes. */
const SETTLED_MS = 50;

/**
 * Sees a container to its end.
 * @param registered settles when its row is there
 * @returns the exit status of its program
 * @throws KernelError when it could not be started
 */
export async function attended(
  engine: Engine,
  begun: Begun,
  { document, registered }: { readonly document: ContainerDocument; readonly registered: Promise<unknown> },
): Promise<number> {
  const timer = setTimeout(() => {
    completeRecord(begun);
    void noteRunning(engine, begun, registered);
  }, SETTLED_MS);
  let unregistered: unknown;
  registered.catch((error: unknown) => {
    unregistered = error;
    void import("./unattended.ts").then(({ endUnregistered }) => endUnregistered(engine, begun));
  });
  try {
    const { exitCode, over } = await endOfRun(engine.runtime, begun).finally(() => clearTimeout(timer));
    await registered;
    if (over) await (await import("../state/settle-in-hand.ts")).settleInHand(engine, begun, { document, exitCode });
    else await (await import("./unattended.ts")).settleUnattended(engine, begun, document);
    return exitCode;
  } catch (error) {
    if (unregistered !== undefined) throw await (await import("./unattended.ts")).dropUnregistered(engine, begun, unregistered);
    await registered;
    await (await import("./failed-start.ts")).failedStart(engine, document, error);
    throw error;
  }
}

/** What fails here is met again at the end; that the row could not be written is told there alone. */
async function noteRunning(engine: Engine, begun: Begun, registered: Promise<unknown>): Promise<void> {
  const written = await registered.then(
    () => true,
    () => false,
  );
  if (!written) return;
  try {
    await writeRunning(engine, begun);
  } catch (error) {
    engine.runtime.warn(`note that container ${begun.record.id} runs: ${error instanceof Error ? error.message : error}`);
  }
}

async function writeRunning(engine: Engine, { record, launched }: Begun): Promise<void> {
  const [{ recordStart }, { runState }] = await Promise.all([import("../state/record-run.ts"), import("../state/run-state.ts")]);
  const state = runState(engine, record.id);
  // Until it has ended: then the end is under way, which notes both.
  if (launched.pid > 0 && state.kind === "alive" && (state.status === "running" || state.status === "paused")) {
    const row = engine.state.write((db) => recordStart(engine, db, record.id, { started: Date.parse(record.created) }));
    if (row !== undefined) await startedOnNetworks(engine, row.document);
  }
  await callSupervisor(engine);
}
