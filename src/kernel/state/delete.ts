// `delete`: undoes `create` (runtime-spec runtime.md, "Delete"). With `force` it ends what runs, and cleans up after a create that was killed
// at any point: the state directory goes last, so that a delete that is killed can be done again.
import { errnoPhrase } from "../../base/errno.ts";
import { TeuError } from "../../base/errors.ts";
import { killAll } from "../cgroup/control/kill.ts";
import { removeCgroups } from "../cgroup/control/remove.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { runHooks } from "./host-hooks.ts";
import { isAlive } from "./process.ts";
import { type ContainerRecord, containerDir, readPid, readRecord, removeContainerDir } from "./record.ts";
import { readStatus } from "./status.ts";

const KILL_WAIT_MS = 10_000;
const POLL_MS = 5;

/**
 * Deletes a container.
 * @throws TeuError `not-found`, unless forced; `conflict` while its process runs, unless forced or only created.
 */
export async function deleteContainer(context: RuntimeContext, id: string, options: { readonly force: boolean }): Promise<void> {
  let record: ContainerRecord | undefined;
  try {
    record = readRecord(context.root, id);
  } catch (error) {
    if (options.force && error instanceof TeuError && error.code === "not-found") return;
    throw error;
  }
  const { status } = readStatus(context.root, id, record);
  if (status !== "stopped" && !options.force) {
    throw new TeuError("conflict", `delete container ${id}: it is ${status}, not stopped; --force ends it first`);
  }
  await endProcesses(context, id, record);
  if (record !== undefined) {
    removeCgroups(record.cgroups);
    await runPoststop(context, record);
  }
  removeContainerDir(context.root, id);
}

/** Ends the container's process by pid, which takes its pid namespace with it, and by cgroup, which takes the rest. */
async function endProcesses(context: RuntimeContext, id: string, record: ContainerRecord | undefined): Promise<void> {
  const pid = readPid(containerDir(context.root, id));
  if (record !== undefined) killAll(record.cgroups);
  if (pid === undefined || !isAlive(pid, record?.start)) return;
  process.kill(pid, "SIGKILL");
  for (let waited = 0; isAlive(pid, record?.start); waited += POLL_MS) {
    if (waited > KILL_WAIT_MS)
      throw new TeuError("unavailable", `delete container ${id}: process ${pid} does not end: ${errnoPhrase(110)}`);
    await Bun.sleep(POLL_MS);
  }
}

/** Only warns: the container is gone, whatever its hooks think of it (runtime.md, "Lifecycle", step 13). */
async function runPoststop(context: RuntimeContext, record: ContainerRecord): Promise<void> {
  try {
    const config = readConfigCopy(containerDir(context.root, record.id));
    await runHooks(context, { config, kind: "poststop", record, pid: 0 });
  } catch (error) {
    context.warn(error instanceof Error ? error.message : String(error));
  }
}
