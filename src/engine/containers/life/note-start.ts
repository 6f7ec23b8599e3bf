// Notes that a container runs which the command is about to leave.
import type { Begun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import { startedOnNetworks } from "../../networks/containers/life.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { recordStart } from "../state/record-run.ts";

/** What it brings is to be done from here on. False where it has been removed meanwhile, as one may that has ended. */
export async function noteStart(
  engine: Engine,
  { record }: Begun,
  { restarts = 0 }: { readonly restarts?: number } = {},
): Promise<boolean> {
  const started = Date.parse(record.created);
  const row = engine.state.write((db) => recordStart(engine, db, record.id, { started, restarts }));
  await callSupervisor(engine);
  if (row !== undefined) await startedOnNetworks(engine, row.document);
  return row !== undefined;
}
