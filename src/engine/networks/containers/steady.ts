// A container's networks are changed while nobody is starting or ending it: who does has claimed what the document said when it was read, and would go on with that.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { NetworkNamespace } from "../../../kernel/state/networks/work.ts";
import { endpointsOf } from "../../../network/state/endpoints.ts";
import { runState } from "../../containers/state/run-state.ts";
import { settle } from "../../containers/state/settle.ts";
import type { Engine } from "../../engine.ts";
import { changeable } from "./changeable.ts";
import { namespaceOf } from "./running.ts";

const LONGEST_MS = 20_000;
const PAUSE_MS = 10;

/** Of one that runs, with its network namespace. */
export type Change<T> = (db: Writer, row: ContainerRow, namespace: NetworkNamespace | undefined) => T;

/**
 * Makes a change in one transaction.
 * @throws TeuError `not-found` for a container that is not there any more; `conflict` for one on its way out, and where its start takes too long
 */
export async function changeSteady<T>(engine: Engine, id: string, change: Change<T>): Promise<T> {
  const end = performance.now() + LONGEST_MS;
  for (;;) {
    const done = engine.state.write((db) => {
      const row = changeable(db, id);
      if (isUnderWay(engine, db, id)) return { name: row.name };
      return { value: change(db, row, namespaceOf(engine, id)) };
    });
    if ("value" in done) return done.value;
    if (performance.now() > end) throw new TeuError("conflict", `container ${done.name} is being started or ended: do it again`);
    await untilSteady(engine, id);
  }
}

/** Waits until it runs, or does not; what takes longer, `changeSteady` tells. */
export async function untilSteady(engine: Engine, id: string): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  while (isUnderWay(engine, engine.state.rows, id) && performance.now() < end) {
    await settle(engine, id); // who should have done it may have been killed
    await Bun.sleep(PAUSE_MS);
  }
}

/** Its places are claimed before it has a running state, and given up with that. */
function isUnderWay(engine: Engine, db: Database, id: string): boolean {
  if (namespaceOf(engine, id) !== undefined) return false;
  return runState(engine, id).kind === "alive" || endpointsOf(db, id).length > 0;
}
