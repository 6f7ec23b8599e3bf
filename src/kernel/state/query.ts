// `state` and `list`: what there is, told from the state directories and the kernel.
import { TeuError } from "../../base/errors.ts";
import type { State } from "../../spec/runtime/state.ts";
import type { RuntimeContext } from "./context.ts";
import { type ContainerRecord, listIds, readRecord } from "./record.ts";
import { type ContainerStatus, readStatus } from "./status.ts";

/** A container with its record and its present status. */
export interface Container {
  readonly id: string;
  readonly record: ContainerRecord;
  readonly status: ContainerStatus;
}

/**
 * Looks a container up.
 * @throws TeuError `not-found`; `conflict` when its creator died so early that only deleting is left.
 */
export function findContainer(context: RuntimeContext, id: string): Container {
  const record = readRecord(context.root, id);
  if (record === undefined) throw new TeuError("conflict", `container ${id} was never made whole: delete --force cleans up after it`);
  return { id, record, status: readStatus(context.root, id, record) };
}

/** All containers below the root that are whole. */
export function listContainers(context: RuntimeContext): Container[] {
  return listIds(context.root)
    .filter((id) => !id.startsWith("."))
    .flatMap((id) => {
      const record = readRecord(context.root, id);
      return record === undefined ? [] : [{ id, record, status: readStatus(context.root, id, record) }];
    });
}

/** The state document (runtime-spec runtime.md, "State"), with what runc adds to it. */
export function stateDocument({ id, record, status }: Container): State & { readonly rootfs: string; readonly created: string } {
  return {
    ociVersion: record.ociVersion,
    id,
    status: status.status,
    pid: status.pid,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    annotations: record.annotations,
  };
}
