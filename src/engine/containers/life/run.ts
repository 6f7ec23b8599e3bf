// Use cases `create` and `run`: a new container, and a program in it. What is to run is compiled before the first thing is made.
import { randomId } from "../../../base/random-id.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Compiled } from "../../../kernel/compile/request.ts";
import { startOfRun } from "../../../kernel/state/run.ts";
import type { Engine } from "../../engine.ts";
import { leaveOf } from "../../networks/containers/life.ts";
import type { Named, RegisterOptions } from "../state/register.ts";
import { type Attend, attended } from "./attended.ts";
import { type ContainerDraft, documentOf } from "./draft.ts";
import { type Attendance, launchPrepared, prepareLaunch } from "./launch.ts";
import { dropFiles, makeFiles } from "./make.ts";

/** The plan that `run` would carry out. Touches nothing. */
export async function explainRun(engine: Engine, draft: ContainerDraft): Promise<Compiled> {
  const { explainLaunch } = await import("./launch.ts");
  return explainLaunch(engine, documentOf(engine, draft, { id: randomId() }), { attach: draft.stdio.attach });
}

/**
 * Makes a container and leaves it.
 * @throws TeuError `conflict` when the name is taken; as makeFiles
 */
export async function createContainer(engine: Engine, draft: ContainerDraft): Promise<Named> {
  const document = documentOf(engine, draft, { id: randomId() });
  await makeFiles(engine, document, draft.confirm);
  return await enter(engine, document);
}

export interface RunOptions extends Omit<Attendance, "attach"> {
  readonly attend: Attend;
}

/**
 * Runs a container to its end, or until `attend` lets go of it.
 * @returns the exit status of its program
 * @throws TeuError `conflict` when the name is taken; KernelError when it could not be started
 */
export async function runContainer(engine: Engine, draft: ContainerDraft, { attend, ...attendance }: RunOptions): Promise<number> {
  const document = documentOf(engine, draft, { id: randomId(), starts: true });
  const prepared = await prepareLaunch(engine, document, { ...attendance, attach: document.stdio.attach });
  await makeFiles(engine, document, draft.confirm);
  // Without a name of its own it can lose to nobody: the row is written while the launcher works, unless there are volumes or places in networks to be had.
  const early = draft.name !== undefined || hasVolumes(document) || document.network.mode.kind === "networks";
  const claimed = early ? (await enter(engine, document, { attached: true, starts: true })).claimed : undefined;
  const begun = await launchPrepared(engine, prepared, { document, claimed }).catch(async (error) => {
    await takeBack(engine, document);
    throw error;
  });
  attend(begun.launched, begun.prepared, document.id);
  const registered = register(engine, document, { early });
  return await attended(engine, begun, { document, registered });
}

/** What can be done while the launcher works, and all that the end will need is loaded. */
async function register(engine: Engine, document: ContainerDocument, { early }: { readonly early: boolean }): Promise<void> {
  if (!early) (await import("../state/register.ts")).registerContainer(engine, document, { attached: true });
  engine.state.prepareLeaving();
  await Promise.all([import("../state/settle-in-hand.ts"), leaveOf(engine, document)]);
}

/**
 * Runs a container and leaves it once its program runs.
 * @param made told of the container, which is there from then on, whether or not its program can be started
 * @throws as runContainer
 */
export async function runDetached(engine: Engine, draft: ContainerDraft, made: (named: Named) => void): Promise<Named> {
  const document = documentOf(engine, draft, { id: randomId(), starts: true });
  const prepared = await prepareLaunch(engine, document, {});
  await makeFiles(engine, document, draft.confirm);
  const named = await enter(engine, document, { starts: true });
  const begun = await launchPrepared(engine, prepared, { document, claimed: named.claimed }).catch(async (error) => {
    await takeBack(engine, document);
    throw error;
  });
  made(named);
  try {
    await startOfRun(engine.runtime, begun);
  } catch (error) {
    await (await import("./failed-start.ts")).failedStart(engine, document, error);
    throw error;
  }
  const { noteStart } = await import("./note-start.ts");
  await noteStart(engine, begun);
  return named;
}

const hasVolumes = ({ mounts }: ContainerDocument) => mounts.some(({ kind }) => kind === "volume");

/** The row of a container that has a directory, which goes where the row cannot be; and what its new volumes begin with. */
async function enter(engine: Engine, document: ContainerDocument, options?: RegisterOptions): Promise<Named> {
  const { registerContainer } = await import("../state/register.ts");
  let named: Named;
  try {
    named = registerContainer(engine, document, options) ?? { id: document.id, name: document.birth.name ?? "", document };
  } catch (error) {
    await dropFiles(engine, document.id);
    throw error;
  }
  if (!hasVolumes(document)) return named;
  try {
    await (await import("../../volumes/fill.ts")).fillVolumes(engine, document);
    return named;
  } catch (error) {
    await takeBack(engine, document);
    throw error;
  }
}

/** Nothing of it has run. */
async function takeBack(engine: Engine, { id }: ContainerDocument): Promise<void> {
  const { finishRemoval } = await import("../state/finish-removal.ts");
  await finishRemoval(engine, id, { volumes: true });
}
