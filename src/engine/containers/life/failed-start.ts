// A container that could not be started: as in docker it stays as one that was made, with why, unless it was to be removed at its end.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { noteFailed } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { leaveOf, whenLeft } from "../../networks/containers/life.ts";
import { finishRemoval } from "../state/finish-removal.ts";

/** docker's: what a shell says of such a program, and a number of its own for all else. */
const EXIT_CODES: Readonly<Record<string, number>> = { "command-not-found": 127, "command-not-executable": 126 };
const NOT_STARTED = 128;

/** Its running state is gone already. */
export async function failedStart(engine: Engine, document: ContainerDocument, cause: unknown): Promise<void> {
  const { id, life } = document;
  const leave = await leaveOf(engine, document);
  const exitCode = (cause instanceof TeuError ? EXIT_CODES[cause.code] : undefined) ?? NOT_STARTED;
  const error = cause instanceof Error ? cause.message : String(cause);
  engine.state.write((db) => {
    leave?.(db, id);
    noteFailed(db, id, { exitCode, error });
  });
  await whenLeft(engine, leave);
  if (life.remove) await finishRemoval(engine, id, { volumes: true });
}
