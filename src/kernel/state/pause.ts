// `pause` and `resume`: the container's processes stand still, by its freezer.
import { TeuError } from "../../base/errors.ts";
import { freeze, thaw } from "../cgroup/control/freeze.ts";
import type { RuntimeContext } from "./context.ts";
import { findContainer } from "./query.ts";

/** @throws TeuError `conflict` unless it is running or created; `unsupported` without a freezer */
export function pauseContainer(context: RuntimeContext, id: string): void {
  const { record, status } = findContainer(context, id);
  if (status.status !== "running" && status.status !== "created") {
    throw new TeuError("conflict", `pause container ${id}: container not running: it is ${status.status}`);
  }
  freeze(record.cgroups);
}

/** @throws TeuError `conflict` unless it is paused */
export function resumeContainer(context: RuntimeContext, id: string): void {
  const { record, status } = findContainer(context, id);
  if (status.status !== "paused") throw new TeuError("conflict", `resume container ${id}: container not paused: it is ${status.status}`);
  thaw(record.cgroups);
}
