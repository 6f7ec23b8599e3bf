// The end of a run that a command has stayed with: settled from what it has in hand. Loaded while the launcher works, so that nothing is
// left to be loaded when the program has ended.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Writer } from "../../../base/database.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { takeContainerRow } from "../../../containers/state/rows.ts";
import { isOfRun } from "../../../kernel/state/record.ts";
import { releaseCgroups } from "../../../kernel/state/release.ts";
import type { Begun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import { leaveOf, whenLeft } from "../../networks/containers/life.ts";
import { callSupervisor } from "../../supervisor/call.ts";
import { dropFiles } from "../life/make.ts";
import { wasOomKilled } from "./oom.ts";
import { recordContainerEvent } from "./record-event.ts";
import { dieAttributes, type Ending, recordEnd } from "./record-run.ts";
import { setAside } from "./set-aside.ts";

/** The record first: until it is written, whoever finds the container finds how it ended. */
export async function settleInHand(
  engine: Engine,
  begun: Begun,
  { document, exitCode }: { readonly document: ContainerDocument; readonly exitCode: number },
): Promise<void> {
  const { record } = begun;
  const { id, life } = document;
  const started = Date.parse(record.created);
  const ending = { finished: engine.runtime.now().getTime(), exitCode, oomKilled: wasOomKilled(record.cgroups), error: "" };
  // A container that is to go, and takes nothing with it that others may have, ends and goes in one step.
  const atOnce = life.remove && !document.mounts.some(({ kind }) => kind === "volume");
  const leave = await leaveOf(engine, document);
  engine.state.write((db) => {
    if (atOnce) recordWhole(engine, db, id, { started, leave, ...ending });
    else recordEnd(engine, db, id, { started, leave, ...ending });
  });
  await dropRunState(engine, begun);
  await whenLeft(engine, leave);
  if (atOnce) return await dropFiles(engine, id);
  await callSupervisor(engine);
  if (life.remove) await (await import("./finish-removal.ts")).finishRemoval(engine, id, { volumes: true });
}

/** The end of the only run of a container, and of the container; its duties go with its row. */
function recordWhole(engine: Engine, db: Writer, id: string, { started, ...ending }: Ending & { readonly started: number }): void {
  ending.leave?.(db, id);
  const row = takeContainerRow(db, id);
  if (row === undefined) return; // somebody else was quicker
  if (row.started === undefined) recordContainerEvent(engine, db, row, "start");
  if (ending.oomKilled) recordContainerEvent(engine, db, row, "oom");
  recordContainerEvent(engine, db, row, "die", dieAttributes({ started }, ending));
  recordContainerEvent(engine, db, row, "destroy");
}

/** Unless somebody else has, and has started the container anew. */
async function dropRunState({ runtime, state }: Engine, { record, prepared }: Begun): Promise<void> {
  const aside = state.write(() => (isOfRun(runtime.root, record) ? setAside(runtime.root, record.id) : undefined));
  if (aside === undefined) return;
  if (prepared.facts.poststop || record.unit !== undefined || record.rdtGroup !== undefined) {
    await (await import("../../../kernel/state/delete.ts")).deleteContainer(runtime, aside, { force: true });
    return;
  }
  await releaseCgroups(record.cgroups);
  rmSync(join(runtime.root, aside), { recursive: true, force: true });
}
