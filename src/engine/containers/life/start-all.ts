// Use case `start --all-restart`: the machine has started, and what containers' restart policies promise of that is kept.
import { TeuError } from "../../../base/errors.ts";
import { comesBack } from "../../../containers/restart/decide.ts";
import { allContainers, type ContainerRow } from "../../../containers/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { kernelStatus } from "../view.ts";
import { startContainer } from "./start.ts";

export interface StartedAll {
  readonly started: readonly ContainerRow[];
  readonly failed: readonly { readonly row: ContainerRow; readonly error: TeuError }[];
}

/** So many begin at a time. */
const AT_ONCE = 4;

/** Those that run are left as they are. One that cannot be started is no reason to leave the others. */
export async function startAllRestart(engine: Engine): Promise<StartedAll> {
  const waiting = allContainers(engine.state.rows)
    .filter((row) => !row.removing && comesBack(row.document.life.restart, row) && kernelStatus(engine, row.id)?.status !== "running")
    .reverse(); // the oldest first, as they were made
  const started: ContainerRow[] = [];
  const failed: { row: ContainerRow; error: TeuError }[] = [];
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      try {
        await startContainer(engine, row);
        started.push(row);
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        failed.push({ row, error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { started, failed };
}
