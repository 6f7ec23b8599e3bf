// Notes that a container runs which the command is about to leave.
import type { Begun } from "../../kernel/state/run.ts";
import type { Engine } from "../engine.ts";
import { recordStart } from "./record-run.ts";

/** False where it has been removed meanwhile, as one may that has ended. */
export function noteStart(engine: Engine, { record }: Begun, { restarts = 0 }: { readonly restarts?: number } = {}): boolean {
  return engine.state.write((db) => recordStart(engine, db, record.id, { started: Date.parse(record.created), restarts }) !== undefined);
}
