// `kill`: a signal to the container's process, or to every process of it (runtime-spec runtime.md, "Kill").
import { TeuError } from "../../base/errors.ts";
import { errnoOf, kernelError } from "../cgroup/control/files.ts";
import { thaw } from "../cgroup/control/freeze.ts";
import { killAll, signalAll } from "../cgroup/control/kill.ts";
import type { RuntimeContext } from "./context.ts";
import { findContainer } from "./query.ts";

const SIGKILL = 9;

/**
 * Sends a signal.
 * @throws TeuError `conflict` when the container does not run: the signal then had no effect.
 */
export function killContainer(context: RuntimeContext, id: string, options: { readonly signal: number; readonly all: boolean }): void {
  const { record, status } = findContainer(context, id);
  const hasCgroup = Object.keys(record.cgroups).length > 0;
  if (options.all && !hasCgroup && options.signal !== SIGKILL) {
    throw new TeuError("unsupported", `kill container ${id}: --all: it has no cgroup to find its processes by`);
  }
  // Without a cgroup the end of its first process ends all of a pid namespace, and more cannot be had.
  if (options.all && hasCgroup) {
    if (options.signal === SIGKILL) killAll(record.cgroups);
    else signalAll(record.cgroups, options.signal);
    return;
  }
  if (status.status === "stopped" || status.pid === 0) throw notRunning(id, status.status);
  try {
    process.kill(status.pid, options.signal);
  } catch (cause) {
    throw errnoOf(cause) === "ESRCH" ? notRunning(id, "stopped") : kernelError(`kill container ${id}`, cause, "process");
  }
  // On v1 a frozen process does not even die.
  if (options.signal === SIGKILL && status.status === "paused") thaw(record.cgroups);
}

function notRunning(id: string, status: string): TeuError {
  return new TeuError("conflict", `kill container ${id}: container not running: it is ${status}`);
}
