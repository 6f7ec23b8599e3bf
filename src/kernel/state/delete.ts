// `delete`: undoes `create` (runtime-spec runtime.md, "Delete"). With `force` it ends what runs, and cleans up after a create that was killed
// at any point: the state directory goes last, so that a delete that is killed can be done again.
import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { errnoPhrase } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { killAll } from "../cgroup/control/kill.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { runPoststop } from "./host-hooks.ts";
import { isAlive } from "./process.ts";
import { releaseRdtGroup } from "./rdt.ts";
import { type ContainerRecord, containerDir, listIds, makerOf, readPid, readRecord, removeContainerDir } from "./record.ts";
import { releaseCgroups } from "./release.ts";
import { ownProcess, readStatus } from "./status.ts";
import { workersIn } from "./workers.ts";

const KILL_WAIT_MS = 10_000;
const POLL_MS = 5;

/**
 * Deletes a container.
 * @throws TeuError `not-found`, unless forced; `conflict` unless it has stopped, or forced.
 */
export async function deleteContainer(context: RuntimeContext, id: string, options: { readonly force: boolean }): Promise<void> {
  let record: ContainerRecord | undefined;
  if (options.force) dropUnfinished(context.root, id);
  try {
    record = readRecord(context.root, id);
  } catch (error) {
    if (!options.force || !(error instanceof TeuError) || error.code !== "not-found") throw error;
    return (await import("./leftover-cgroups.ts")).removeLeftovers(context, id);
  }
  const { status } = readStatus(context.root, id, record);
  if (status !== "stopped" && !options.force) {
    throw new TeuError("conflict", `delete container ${id}: it is ${status}, not stopped; --force ends it first`);
  }
  if (record !== undefined) {
    await endProcesses(containerDir(context.root, id), record);
    await releaseCgroups(record.cgroups);
    releaseRdtGroup(record.rdtGroup);
    await stopUnit(record);
    await endHooks(context, containerDir(context.root, id), record);
  }
  removeContainerDir(context.root, id);
}

/** Directories that were to become its own when their makers were killed. */
function dropUnfinished(root: string, id: string): void {
  for (const name of listIds(root).filter((entry) => entry.startsWith(`.new.${id}.`))) {
    const maker = makerOf(name);
    if (maker !== undefined && !isAlive(maker.pid, maker.start)) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Ends the container's process by pid, which takes its pid namespace with it, and by cgroup, which takes the rest. */
async function endProcesses(dir: string, record: ContainerRecord): Promise<void> {
  if (record.monitor === undefined) await endWorkers(dir, record);
  killAll(record.cgroups);
  const pid = readPid(dir);
  if (pid === undefined || ownProcess(pid, record) === undefined) return;
  killIfThere(pid);
  for (let waited = 0; ownProcess(pid, record) !== undefined; waited += POLL_MS) {
    if (waited > KILL_WAIT_MS)
      throw new TeuError("unavailable", `delete container ${record.id}: process ${pid} does not end: ${errnoPhrase(110)}`);
    await Bun.sleep(POLL_MS);
  }
}

/** A launcher whose command was killed may still be at making the container: what it makes would be nobody's. */
async function endWorkers(dir: string, { id, bundle }: ContainerRecord): Promise<void> {
  if (basename(bundle) !== id) return; // it works in the bundle, which others may have as theirs
  for (let waited = 0; ; waited += POLL_MS) {
    const workers = workersIn(dir);
    if (workers.length === 0) return;
    if (waited > KILL_WAIT_MS)
      throw new TeuError("unavailable", `delete container ${id}: process ${workers[0]} does not end: ${errnoPhrase(110)}`);
    for (const pid of workers) killIfThere(pid);
    await Bun.sleep(POLL_MS);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!failedWith(error, "ESRCH")) throw error;
  }
}

/** The unit went with its last process, unless systemd keeps it as failed. */
async function stopUnit({ unit, unitSockets }: ContainerRecord): Promise<void> {
  if (unit === undefined) return;
  await (await import("../cgroup/systemd/scope.ts")).stopUnit(unit, unitSockets ?? []);
}

async function endHooks(context: RuntimeContext, dir: string, record: ContainerRecord): Promise<void> {
  try {
    await runPoststop(context, readConfigCopy(dir), record);
  } catch (error) {
    if (!existsSync(dir)) return; // whoever ran it has deleted it when we ended it
    context.warn(error instanceof Error ? error.message : String(error)); // the copy is damaged: no reason to keep the container
  }
}
