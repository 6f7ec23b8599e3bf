// What commands that were killed have left: finished or taken back by whichever comes next. Four things stand for a container, made in this order
// and removed in the other: its directory, its row, its running state, its processes. Whatever lacks one that comes before is a leftover.
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { bootId } from "../../../base/process-identity.ts";
import { unsettledContainers } from "../../../containers/state/rows.ts";
import { deleteContainer } from "../../../kernel/state/delete.ts";
import { isAlive } from "../../../kernel/state/process.ts";
import { containerDir, makerOf, readRecord } from "../../../kernel/state/record.ts";
import { placedContainers } from "../../../network/state/endpoints.ts";
import { volumesDirectory } from "../../../volumes/directory.ts";
import { callDns } from "../../dns/call.ts";
import type { Engine } from "../../engine.ts";
import { markersDirectory, removalsDirectory } from "../../networks/marker.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { containerPaths, isMade, readBirth } from "./directory.ts";
import { MAKING_MS, runState } from "./run-state.ts";
import { namesIn, takeOver } from "./set-aside.ts";
import { endAside, settle } from "./settle.ts";
import { containersOf, removeTaken, takeFiles } from "./take-files.ts";

export interface RecoverOptions {
  /** Look at what runs, too: whether it still does. */
  readonly runs: boolean;
}

/** Finds and repairs. What cannot be repaired is told, and no reason to fail. */
export async function recover(engine: Engine, { runs }: RecoverOptions): Promise<void> {
  const { runtime } = engine;
  const parent = containersOf(engine);
  if (existsSync(volumesDirectory(engine.root))) await (await import("../../volumes/sweep.ts")).sweepVolumes(engine);
  if (existsSync(removalsDirectory(engine))) await (await import("../../networks/objects/removal.ts")).sweepNetworks(engine);
  for (const name of takeOver(parent)) await attempt(engine, name, () => removeTaken(engine, name));
  for (const name of takeOver(runtime.root)) await attempt(engine, name, () => endAside(engine, name));
  if (existsSync(join(engine.runRoot, "cni")))
    await attempt(engine, "networks of CNI", async () => (await import("../../networks/cni/attach.ts")).recoverCni(engine));
  const sweepLeft = async (killed: boolean) => {
    if (!runs || !existsSync(markersDirectory(engine))) return;
    await attempt(engine, "networks", async () => (await import("../../networks/sweep-left.ts")).sweepLeft(engine, { killed }));
  };
  const [directories, states] = [namesIn(parent), namesIn(runtime.root)];
  if (directories.length === 0 && states.length === 0) return sweepLeft(false);
  const rows = engine.state.rows.query<{ id: string }, []>("SELECT id FROM containers").all();
  const known = new Set(rows.map(({ id }) => id));
  const there = new Set([...directories, ...known]);
  for (const id of directories) if (!known.has(id)) await attempt(engine, id, () => recoverDirectory(engine, id));
  for (const id of states) if (!there.has(id)) await attempt(engine, id, () => recoverState(engine, id));
  for (const id of directories) await attempt(engine, id, () => resumeAbandoned(engine, id));
  const running = runs ? states.filter((id) => known.has(id)) : [];
  const placed = runs ? placedContainers(engine.state.rows) : [];
  for (const id of new Set([...running, ...placed, ...unsettledContainers(engine.state.rows, { running: runs })]))
    await attempt(engine, id, () => settle(engine, id));
  await sweepLeft(placed.some((id) => !states.includes(id)));
  if (runtime.facts().rootless) await (await import("../../networks/rootless/mend.ts")).mendRootless(engine);
  await callSupervisor(engine); // it may have been killed
  await callDns(engine); // as well
}

/** For a command whose own work is done, or under way: it does not fail for what others have left. */
export async function recoverBeside(engine: Engine): Promise<void> {
  try {
    await recover(engine, { runs: false });
  } catch (error) {
    engine.runtime.warn(`clean up after other commands: ${error instanceof Error ? error.message : error}`);
  }
}

async function attempt({ runtime }: Engine, id: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return; // it has just ended by itself
    runtime.warn(`clean up after container ${id}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A directory without a row: its maker is at it, or was killed. */
async function recoverDirectory(engine: Engine, id: string): Promise<void> {
  if (id.startsWith(".")) return removeUnmade(engine, id);
  const { directory } = containerPaths(engine.root, id);
  const document = readBirth(directory);
  if (document === undefined) {
    // A record that is damaged is of a container that was whole: its files are somebody's, and `system check` tells of them.
    if (!isMade(engine.root, id) && !isYoung(directory)) rmSync(directory, { recursive: true, force: true }); // nothing can have been written to it
    return;
  }
  const { creator, runRoot, boot } = document.birth;
  if (runRoot !== engine.runRoot) return; // another engine's that shares our root: its state is not ours to see
  if (boot === bootId() && isAlive(creator.pid, creator.start)) return;
  if (document.life.remove && runState(engine, id).kind === "none") {
    const files = takeFiles(engine, id);
    if (files !== undefined) await removeTaken(engine, files);
    return;
  }
  const { registerContainer } = await import("./register.ts");
  registerContainer(engine, document, { found: true });
  await settle(engine, id);
}

/** Nothing was in it yet; of other such names another command is taking the directory away. */
function removeUnmade(engine: Engine, name: string): void {
  const maker = makerOf(name);
  if (maker !== undefined && !isAlive(maker.pid, maker.start)) rmSync(join(containersOf(engine), name), { recursive: true, force: true });
}

/** Running state without a container: of a run whose container was removed, or that was never made whole. */
async function recoverState({ runtime }: Engine, name: string): Promise<void> {
  const dir = containerDir(runtime.root, name);
  const maker = makerOf(name);
  if (name.startsWith(".gone-") || (maker !== undefined && !isAlive(maker.pid, maker.start)))
    return rmSync(dir, { recursive: true, force: true }); // nothing runs in what bears such a name
  const record = readRecord(runtime.root, name);
  if (record === undefined) {
    if (isYoung(dir)) return;
    if (name.startsWith("."))
      rmSync(dir, { recursive: true, force: true }); // of hooks, checkpoints and removals
    else await deleteContainer(runtime, name, { force: true });
    return;
  }
  if (record.bundle !== dir || isAlive(record.creator.pid, record.creator.start)) return; // the OCI runtime's, or under way
  await deleteContainer(runtime, name, { force: true });
}

/** A `commit` that was killed has left a container standing still. */
async function resumeAbandoned(engine: Engine, id: string): Promise<void> {
  if (id.startsWith(".") || !existsSync(containerPaths(engine.root, id).pausedBy)) return;
  (await import("../life/pause-while.ts")).resumeAbandoned(engine, id);
}

function isYoung(directory: string): boolean {
  const stats = statSync(directory, { throwIfNoEntry: false });
  return stats === undefined || Date.now() - stats.mtimeMs < MAKING_MS;
}
