// Use case `container prune`: removes what has stopped.
import { TeuError } from "../../../base/errors.ts";
import { type ConfigFilter, fitsLabels } from "../../../image/store/prune.ts";
import type { Engine } from "../../engine.ts";
import { writtenBy } from "../show/written.ts";
import { recover } from "../state/recover.ts";
import { listViews, type ViewStatus } from "../view.ts";
import { removeContainer } from "./remove.ts";

const STOPPED: ReadonlySet<ViewStatus> = new Set(["created", "exited", "dead"]);

export interface Pruned {
  readonly ids: readonly string[];
  /** Bytes. */
  readonly reclaimed: number;
}

/** Those that somebody starts meanwhile stay. */
export async function pruneContainers(engine: Engine, { until = Number.POSITIVE_INFINITY, labels = [] }: ConfigFilter): Promise<Pruned> {
  await recover(engine, { runs: true });
  const ids: string[] = [];
  let reclaimed = 0;
  for (const { row, status } of listViews(engine)) {
    if (!STOPPED.has(status) || row.created >= until || !fitsLabels(row.document.labels, labels)) continue;
    const size = await writtenBy(engine, row.id);
    try {
      await removeContainer(engine, row, { force: false, volumes: false });
    } catch (error) {
      if (error instanceof TeuError && error.code === "conflict") continue;
      throw error;
    }
    ids.push(row.id);
    reclaimed += size;
  }
  return { ids, reclaimed };
}
