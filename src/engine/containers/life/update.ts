// Use case `update`: other limits and another restart policy for a container. One that runs has the limits at once, and each has them in its
// document, for its next start.

import { ERRNO } from "../../../base/errno.ts";
import { KernelError, TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { RestartPolicy } from "../../../containers/document/life.ts";
import { type ContainerRow, containerById, replaceDocument } from "../../../containers/state/rows.ts";
import { updateContainer as updateRunning } from "../../../kernel/state/update.ts";
import type { Resources } from "../../../spec/runtime/config.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { kernelStatus } from "../view.ts";

export interface ContainerChange {
  /** What is to be otherwise; fields that are not there stay as they are. */
  readonly resources: Resources;
  readonly restart?: RestartPolicy;
}

/**
 * All of the change, or nothing.
 * @throws TeuError `conflict` for a container that is being removed, and for one that is removed at its end and would be restarted by
 * the change; KernelError for a limit that the kernel refuses
 */
export async function updateContainer(engine: Engine, row: ContainerRow, change: ContainerChange): Promise<void> {
  const refuse = (why: string) => new TeuError("conflict", `cannot update container ${row.id}: ${why}`);
  if (row.removing) throw refuse("it is being removed");
  if (row.document.life.remove && change.restart !== undefined && change.restart.name !== "no")
    throw refuse("restart policy cannot be updated because AutoRemove is enabled for the container");
  await updateLimits(engine, row, change.resources);
  engine.state.write(
    (db) => {
      const now = containerById(db, row.id); // another command may have changed it since
      if (now === undefined) throw refuse("it has been removed");
      replaceDocument(db, changed(now.document, change));
      recordContainerEvent(engine, db, now, "update");
    },
    { durable: true },
  );
}

async function updateLimits(engine: Engine, { id }: ContainerRow, resources: Resources): Promise<void> {
  if (Object.keys(resources).length === 0) return;
  const status = kernelStatus(engine, id)?.status;
  if (status !== "running" && status !== "paused") return;
  // Less than what is in use: v1's kernel refuses it, and v2's would begin to kill.
  const checked = resources.memory === undefined ? resources : { ...resources, memory: { ...resources.memory, checkBeforeUpdate: true } };
  try {
    await updateRunning(engine.runtime, id, checked);
  } catch (error) {
    throw inUse(error, resources)
      ? new TeuError("conflict", `cannot update container ${id}: it uses more memory than that`, { cause: error })
      : error;
  }
}

/** memory.limit_in_bytes (cgroup v1, memory.rst): EBUSY where not so much could be reclaimed. */
function inUse(error: unknown, { memory }: Resources): boolean {
  return memory !== undefined && error instanceof KernelError && error.errno === ERRNO.EBUSY;
}

/** The document with the change. Groups of limits are joined field by field. */
export function changed(document: ContainerDocument, { resources, restart }: ContainerChange): ContainerDocument {
  const { resources: before } = document.options;
  return {
    ...document,
    ...(restart === undefined ? {} : { life: { ...document.life, restart } }),
    options: {
      ...document.options,
      resources: {
        ...before,
        ...(resources.memory === undefined ? {} : { memory: { ...before.memory, ...resources.memory } }),
        ...(resources.cpu === undefined ? {} : { cpu: { ...before.cpu, ...resources.cpu } }),
        ...(resources.pids === undefined ? {} : { pids: resources.pids }),
        ...(resources.blockIO === undefined ? {} : { blockIO: { ...before.blockIO, ...resources.blockIO } }),
      },
    },
  };
}
