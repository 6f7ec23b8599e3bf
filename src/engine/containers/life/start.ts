// Use case `start`: the program of a container that is there, once more or for the first time.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { type ContainerRow, containerById, expectWhole, replaceDocument } from "../../../containers/state/rows.ts";
import { type Begun, startOfRun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { runState } from "../state/run-state.ts";
import { isBeingTaken, takeOver } from "../state/set-aside.ts";
import { dropRunState, endAside, settle } from "../state/settle.ts";
import { type Attend, attended } from "./attended.ts";
import { failedStart } from "./failed-start.ts";
import { type Attendance, launchPrepared, prepareLaunch } from "./launch.ts";
import { noteStart } from "./note-start.ts";
import { poll, steadyState } from "./until-ended.ts";

export interface StartOptions {
  /** What the start counts as: 0 where people ask for it, else the number of restarts by the container's policy. */
  readonly restarts?: number;
}

/**
 * Starts a container, and returns once its program runs; what runs already is left as it is.
 * @throws TeuError `conflict` for one that is paused, or being removed; KernelError when it could not be started
 */
export async function startContainer(engine: Engine, row: ContainerRow, options: StartOptions = {}): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(engine, row, options);
    } catch (error) {
      if (!isInTheWay(error) || tries === MOST_TRIES) throw error;
    }
  }
}

/** Another command that starts it at the same moment may be quicker: what comes of that is waited for, and looked at anew. */
const MOST_TRIES = 3;

async function startOnce(engine: Engine, row: ContainerRow, { restarts = 0 }: StartOptions): Promise<void> {
  const ready = await makeReady(engine, row);
  if (ready === undefined) return;
  let begun: Begun;
  try {
    begun = await begin(engine, ready, {});
    await startOfRun(engine.runtime, begun);
  } catch (error) {
    const now = containerById(engine.state.rows, row.id);
    if (now === undefined || now.removing) throw removedMeanwhile(row); // which is why it failed
    if (!isInTheWay(error)) await failedStart(engine, ready, error);
    throw error;
  }
  if (!(await noteStart(engine, begun, { restarts }))) await goneMeanwhile(engine, row);
}

/**
 * Starts a container and sees it to its end, or until `attend` lets go of it.
 * @returns the exit status of its program
 * @throws as startContainer; TeuError `conflict` for one that runs already, which is attached to otherwise
 */
export async function startAttended(
  engine: Engine,
  row: ContainerRow,
  { attend, ...attendance }: Attendance & { readonly attend: Attend },
): Promise<number> {
  const ready = await makeReady(engine, row);
  if (ready === undefined) throw new TeuError("conflict", `start container ${row.name}: it runs already; attach to it`);
  const begun = await begin(engine, ready, attendance);
  attend(begun.launched, begun.prepared, row.id);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "attach"));
  return await attended(engine, begun, { document: ready, registered: Promise.resolve() });
}

function begin(engine: Engine, document: ContainerDocument, attendance: Attendance): Promise<Begun> {
  const clear = () => endRemains(engine, document.id);
  return prepareLaunch(engine, document, { ...attendance, clear }).then((prepared) => launchPrepared(engine, prepared, { document }));
}

/** Settles what was, and finds what it is to be started with; undefined where it runs. */
async function makeReady(engine: Engine, { id, name }: ContainerRow): Promise<ContainerDocument | undefined> {
  await steadyState(engine, id); // the supervisor may be at it
  const row = await settle(engine, id);
  if (row === undefined) throw new TeuError("not-found", `No such container: ${name}`);
  expectWhole(row);
  if (row.removing) throw new TeuError("conflict", `start container ${name}: container is marked for removal and cannot be started`);
  const state = runState(engine, id);
  if (state.kind === "alive") {
    if (state.status === "running") return undefined;
    if (state.status === "paused")
      throw new TeuError("conflict", `start container ${name}: cannot start a paused container, try unpause instead`);
    throw new TeuError("conflict", `start container ${name}: another command is at it: it is ${state.status}`);
  }
  // Where the command that made it was killed before it came to that.
  if (row.run === 0 && row.document.mounts.some(({ kind }) => kind === "volume"))
    await (await import("../../volumes/fill.ts")).fillVolumes(engine, row.document);
  return besideUs(engine, row.document);
}

const REMAINS_MS = 10_000;

/** What is left of the last run has its cgroups, and who ends that kills all that is in them. The running state is ours: nothing is added to it. */
async function endRemains(engine: Engine, id: string): Promise<void> {
  const { root } = engine.runtime;
  for (const name of takeOver(root, id)) await endAside(engine, name);
  if (!(await poll(() => !isBeingTaken(root, id), REMAINS_MS)))
    throw new TeuError("unavailable", `start container ${id}: the end of its last run takes more than ${REMAINS_MS / 1000} seconds`);
}

/** It is run where this command looks for it. */
function besideUs(engine: Engine, document: ContainerDocument): ContainerDocument {
  if (document.birth.runRoot === engine.runRoot) return document;
  const moved = { ...document, birth: { ...document.birth, runRoot: engine.runRoot } };
  engine.state.write((db) => replaceDocument(db, moved));
  return moved;
}

async function goneMeanwhile(engine: Engine, row: ContainerRow): Promise<never> {
  await dropRunState(engine, row.id);
  throw removedMeanwhile(row);
}

const removedMeanwhile = ({ name }: ContainerRow) => new TeuError("conflict", `start container ${name}: it has been removed meanwhile`);

/** Another start was quicker. */
const isInTheWay = (error: unknown) => error instanceof TeuError && error.code === "conflict";
