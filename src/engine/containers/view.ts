// A container as it is now: its row, and what the kernel says.
import { existsSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { containersDue, dutyDue } from "../../containers/duties/rows.ts";
import { type ShownHealth, shownHealth, shownHealthOf } from "../../containers/health/rows.ts";
import { allContainers, type ContainerRow } from "../../containers/state/rows.ts";
import { containerDir, DamagedRecordError, readRecord } from "../../kernel/state/record.ts";
import { type ContainerStatus, readStatus } from "../../kernel/state/status.ts";
import type { PublishedPort } from "../../network/model/port.ts";
import { allPorts, portsOf } from "../../network/state/ports.ts";
import type { Engine } from "../engine.ts";

/** docker's words. */
export type ViewStatus = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

export interface ContainerView {
  readonly row: ContainerRow;
  readonly status: ViewStatus;
  /** 0 when there is no process. */
  readonly pid: number;
  /** What its health checks have found; undefined where there are none. */
  readonly health: ShownHealth | undefined;
  /** Of the host, that lead to it. */
  readonly ports: readonly PublishedPort[];
}

/** One container, as it is now. */
export function viewOf(engine: Engine, row: ContainerRow): ContainerView {
  const { id, run } = row;
  return engine.state.read((db) =>
    makeView(engine, row, {
      health: shownHealthOf(db, id, run),
      restarting: dutyDue(db, id, "restart") !== undefined,
      ports: portsOf(db, id),
    }),
  );
}

/** All containers, the youngest first. */
export function listViews(engine: Engine): ContainerView[] {
  return engine.state.read((db) => {
    const [health, due, ports] = [shownHealth(db), containersDue(db, "restart"), Map.groupBy(allPorts(db), ({ container }) => container)];
    return allContainers(db).map((row) =>
      makeView(engine, row, { health: health.get(row.id), restarting: due.has(row.id), ports: ports.get(row.id) ?? [] }),
    );
  });
}

function makeView(
  engine: Engine,
  row: ContainerRow,
  { restarting, ...shown }: Pick<ContainerView, "health" | "ports"> & { readonly restarting: boolean },
): ContainerView {
  const kernel = kernelStatus(engine, row.id);
  return { row, status: statusOf(row, kernel, restarting), pid: kernel?.pid ?? 0, ...shown };
}

/** Undefined where the container has no running state. */
export function kernelStatus({ runtime: { root } }: Engine, id: string): ContainerStatus | undefined {
  if (!existsSync(containerDir(root, id))) return undefined;
  try {
    return readStatus(root, id, readRecord(root, id));
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return undefined; // it has just been taken away
    if (error instanceof DamagedRecordError) return undefined; // whoever sweeps says so
    throw error;
  }
}

/** The kernel first: a run whose end nobody has written down yet has ended all the same. */
function statusOf(row: ContainerRow, kernel: ContainerStatus | undefined, restarting: boolean): ViewStatus {
  if (kernel?.status === "paused") return "paused";
  if (kernel?.status === "running") return "running";
  if (row.removing) return "removing";
  if (row.damage !== undefined) return "dead";
  if (restarting) return "restarting";
  return row.started === undefined ? "created" : "exited"; // docker has no word for what could not be started
}
