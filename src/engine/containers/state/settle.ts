// Takes the end of a run into the row of its container, once, and does what follows from it. Whoever meets an end that was not settled does it:
// the command that stayed with the container, the one that its monitor runs, any other. So each step may find that somebody else has done
// it, and a step that a kill prevented is done by the next.
import { bootId } from "../../../base/process-identity.ts";
import { dropDuties } from "../../../containers/duties/rows.ts";
import { type ContainerRow, containerById, noteFailed, UNSEEN_END } from "../../../containers/state/rows.ts";
import { deleteContainer } from "../../../kernel/state/delete.ts";
import { isAlive } from "../../../kernel/state/process.ts";
import type { Engine } from "../../engine.ts";
import { type Leave, leaveOf, whenLeft } from "../../networks/containers/life.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { containerPaths, readBirth } from "./directory.ts";
import { finishRemoval } from "./finish-removal.ts";
import { wasOomKilled } from "./oom.ts";
import { endRow, recordEnd, recordStart } from "./record-run.ts";
import { registerContainer } from "./register.ts";
import { type RunState, runState } from "./run-state.ts";
import { setAside } from "./set-aside.ts";

/**
 * Makes the row of a container say what is so; the row as it is then, undefined where the container is gone.
 * A run that goes on stays what it is.
 */
export async function settle(engine: Engine, id: string): Promise<ContainerRow | undefined> {
  const known = rowOf(engine, id);
  const state = runState(engine, id);
  if (state.kind === "none") return known === undefined ? undefined : await settleLost(engine, known);
  const isStill = () => isSameEnd(state, runState(engine, id));
  if (known === undefined && !adopt(engine, id)) {
    if (state.kind === "over") await dropRunState(engine, id, { isMeant: isStill }); // its container was removed, all but this
    return undefined;
  }
  if (state.kind === "alive") return noteRunning(engine, id, state);
  const leave = await leaveOf(engine, rowOf(engine, id)?.document);
  writeEnd(engine, id, { ...state, leave });
  await dropRunState(engine, id, { isMeant: isStill, leave });
  await whenLeft(engine, leave);
  await callSupervisor(engine);
  return await removeIfWanted(engine, id);
}

const rowOf = ({ state }: Engine, id: string): ContainerRow | undefined => containerById(state.rows, id);

/** The command that launched it was killed before it had written its row. */
function adopt(engine: Engine, id: string): boolean {
  const birth = readBirth(containerPaths(engine.root, id).directory);
  return birth !== undefined && registerContainer(engine, birth, { found: true }) !== undefined;
}

/** Only where the command that should have noted it is no more: else that one knows better when its program runs. */
function noteRunning(engine: Engine, id: string, { status, record }: RunState & { readonly kind: "alive" }): ContainerRow | undefined {
  const row = rowOf(engine, id);
  if (record === undefined || (status !== "running" && status !== "paused")) return row;
  const started = Date.parse(record.created);
  return row?.started === started ? row : engine.state.write((db) => recordStart(engine, db, id, { started }));
}

interface Over extends Extract<RunState, { readonly kind: "over" }> {
  readonly leave: Leave | undefined;
}

function writeEnd(engine: Engine, id: string, { record, exit, begun, leave }: Over): void {
  if (record === undefined || (!begun && exit === undefined)) {
    engine.state.write((db) => {
      const row = containerById(db, id);
      if (row?.started === undefined) noteFailed(db, id, { exitCode: UNSEEN_END, error: "the command that started it was killed" });
    });
    return;
  }
  const oomKilled = wasOomKilled(record.cgroups);
  const ending =
    exit === undefined
      ? { exitCode: UNSEEN_END, finished: engine.runtime.now().getTime(), error: "its monitor was killed: nobody saw how it ended" }
      : { ...exit, error: "" };
  engine.state.write((db) => recordEnd(engine, db, id, { started: Date.parse(record.created), oomKilled, leave, ...ending }));
}

/** The row tells of a run that has no running state: the machine was started anew, or somebody has removed that. */
async function settleLost(engine: Engine, row: ContainerRow): Promise<ContainerRow | undefined> {
  if (row.started !== undefined && row.finished === undefined && row.document.birth.runRoot === engine.runRoot) {
    const finished = engine.runtime.now().getTime();
    const error = "its running state is gone, as after a start of the machine: nobody saw how it ended";
    const leave = await leaveOf(engine, row.document);
    engine.state.write((db) => {
      // Unless it has just been settled by somebody who has seen its end: then its duties are new ones.
      if (!endRow(engine, db, row, { exitCode: UNSEEN_END, finished, oomKilled: false, error, leave })) return;
      dropDuties(db, row.id); // what a start of the machine brings back is for --all-restart to say
    });
  }
  const unbegun = isUnbegun(engine, row);
  if (unbegun || row.finished !== undefined) await leaveUnbegun(engine, row);
  return await removeIfWanted(engine, row.id, { unbegun });
}

/** Whoever was about to start it was killed when it had its places in networks. A start in another's hands has its running state first. */
async function leaveUnbegun(engine: Engine, { id, document }: ContainerRow): Promise<void> {
  const leave = await leaveOf(engine, document);
  if (leave !== undefined) engine.state.write((db) => runState(engine, id).kind === "none" && leave(db, id));
  await whenLeft(engine, leave);
}

/** `run` was killed before it had something to run. Its maker is looked at first: what that one has begun is seen then. */
function isUnbegun(engine: Engine, { id, started, document: { birth } }: ContainerRow): boolean {
  if (birth.starts !== true || started !== undefined || birth.runRoot !== engine.runRoot) return false;
  const { boot, creator } = birth;
  return (boot !== bootId() || !isAlive(creator.pid, creator.start)) && runState(engine, id).kind === "none";
}

/** Somebody else may have settled it since it was looked at, and started the container anew: that run's state is not to be taken. */
function isSameEnd(before: RunState, now: RunState): boolean {
  return before.kind === "over" && now.kind === "over" && before.record?.created === now.record?.created;
}

/**
 * Ends what is left of the run's processes and cgroups; whoever takes the directory does it.
 * @param options.isMeant whether what lies there is it. Who takes directories holds the database's lock: so nobody takes one, for which another may be
 *   made, between this look and the taking
 */
export async function dropRunState(
  engine: Engine,
  id: string,
  { isMeant = () => true, leave }: { readonly isMeant?: () => boolean; readonly leave?: Leave | undefined } = {},
): Promise<void> {
  const { root } = engine.runtime;
  const name = engine.state.write((db) => {
    if (!isMeant()) return undefined;
    leave?.(db, id); // as long as the directory is there, nobody has a place for another run
    return setAside(root, id);
  });
  if (name !== undefined) await endAside(engine, name);
}

/** The same of what is set aside. */
export function endAside({ runtime }: Engine, name: string): Promise<void> {
  return deleteContainer(runtime, name, { force: true });
}

async function removeIfWanted(engine: Engine, id: string, { unbegun = false } = {}): Promise<ContainerRow | undefined> {
  const row = rowOf(engine, id);
  if (row === undefined || !(row.removing || (row.document.life.remove && (unbegun || row.finished !== undefined)))) return row;
  await finishRemoval(engine, id, { volumes: row.document.life.remove });
  return undefined;
}
