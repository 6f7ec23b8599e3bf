// Use case `stats`: what containers use, moment by moment.
import { readFileSync } from "node:fs";
import { hasOwnNetwork } from "../../../containers/document/network.ts";
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import { type HostSample, parseHostSample } from "../../../containers/stats/host-sample.ts";
import { readProcessSample } from "../../../containers/stats/process-sample.ts";
import { readSample, type Sample } from "../../../containers/stats/sample.ts";
import { NO_USAGE, type Usage, usageOf } from "../../../containers/stats/usage.ts";
import { processesOf } from "../../../kernel/state/processes-of.ts";
import type { Engine } from "../../engine.ts";
import { kernelContainer } from "../running.ts";
import { listViews } from "../view.ts";

export interface ContainerStats {
  readonly row: ContainerRow;
  readonly usage: Usage;
}

/** Which containers are watched: those given, as long as they are there; or all, those that do not run only with `stopped`. */
export type Watched = { readonly ids: readonly string[] } | { readonly stopped: boolean };

/** Watches containers: every call of `next` reads them anew, and tells what they have used since the last. */
export class StatsWatch {
  readonly #engine: Engine;
  readonly #watched: Watched;
  #before: ReadonlyMap<string, Sample> = new Map();

  constructor(engine: Engine, watched: Watched) {
    this.#engine = engine;
    this.#watched = watched;
  }

  /** In the order in which they were given; of all, the youngest first. */
  next(): ContainerStats[] {
    const host = parseHostSample(readFileSync("/proc/stat", "latin1"));
    const found = rowsOf(this.#engine, this.#watched).map((row) => ({ row, now: sampleOf(this.#engine, row, host) }));
    const before = this.#before;
    this.#before = new Map(found.flatMap(({ row, now }) => (now === undefined ? [] : [[runOf(row), now] as const])));
    return found.map(({ row, now }) => ({ row, usage: now === undefined ? NO_USAGE : usageOf(before.get(runOf(row)), now) }));
  }
}

/** A run of a container: counters of another begin anew. */
function runOf({ id, run }: ContainerRow): string {
  return `${id}.${run}`;
}

function rowsOf(engine: Engine, watched: Watched): ContainerRow[] {
  if ("ids" in watched) return engine.state.read((db) => watched.ids.flatMap((id) => containerById(db, id) ?? []));
  return listViews(engine)
    .filter(({ status }) => watched.stopped || status === "running" || status === "paused")
    .map(({ row }) => row);
}

/** Undefined for one that does not run. */
function sampleOf(engine: Engine, row: ContainerRow, host: HostSample): Sample | undefined {
  const container = kernelContainer(engine, row.id);
  if (container === undefined || container.status.pid === 0) return undefined;
  const { record, status } = container;
  const common = { pid: status.pid, ownNetwork: hasOwnNetwork(row.document.network), host };
  if (Object.keys(record.cgroups).length > 0) return readSample({ ...common, cgroups: record.cgroups });
  return readProcessSample({ ...common, pids: processesOf(container) });
}
