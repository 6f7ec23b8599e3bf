// Containers that must run for what is asked of them: told from the kernel, refused in docker's words.
import { TeuError } from "../../base/errors.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { type Container, findContainer as findRunning } from "../../kernel/state/query.ts";
import type { Engine } from "../engine.ts";
import { viewOf } from "./view.ts";

/**
 * The container, as the kernel has it.
 * @param forWhat what a paused one is refused for; without it a paused one is taken
 * @throws TeuError `conflict` when it does not run
 */
export function runningContainer(engine: Engine, row: ContainerRow, { forWhat }: { readonly forWhat?: string } = {}): Container {
  const container = kernelContainer(engine, row.id);
  const status = container?.status.status;
  if (status === "paused" && forWhat !== undefined)
    throw new TeuError("conflict", `container ${row.name} is paused, unpause the container before ${forWhat}`);
  if (container === undefined || (status !== "running" && status !== "paused")) throw notRunning(engine, row);
  return container;
}

/** docker's words for a container that does not run. */
export function notRunning(engine: Engine, row: ContainerRow): TeuError {
  const restarting = viewOf(engine, row).status === "restarting";
  const why = restarting ? "is restarting, wait until the container is running" : "is not running";
  return new TeuError("conflict", `container ${row.id} ${why}`);
}

/** Whether its program runs, or stands still. */
export function stillRuns(engine: Engine, id: string): boolean {
  const status = kernelContainer(engine, id)?.status.status;
  return status === "running" || status === "paused";
}

/** Undefined where it has no running state. */
export function kernelContainer({ runtime }: Engine, id: string): Container | undefined {
  try {
    return findRunning(runtime, id);
  } catch (error) {
    if (error instanceof TeuError && (error.code === "not-found" || error.code === "conflict")) return undefined;
    throw error;
  }
}
