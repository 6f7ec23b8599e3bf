// A container that the launcher stays with, as its monitor: begun, seen to run, seen to end. `run` of the OCI runtime is the three in a row,
// the engine's verbs take them apart. What an ordinary run does not need is loaded when it is needed.
import { TeuError } from "../../base/errors.ts";
import type { Launched } from "../launch/launcher.ts";
import type { ReportRecord } from "../launch/records.ts";
import type { RuntimeContext } from "./context.ts";
import type { CreateOptions } from "./create-options.ts";
import { completeRecord, launchContainer, type Making } from "./launch-container.ts";
import { type PreparedRun, prepareRun, type RunSource } from "./prepare-run.ts";
import type { Prepared } from "./prepared.ts";
import { removeContainerDir } from "./record.ts";
import { releaseCgroups } from "./release.ts";

const SETTLED_MS = 50;

export interface RunOptions {
  /** Keep the container's state when it has ended. */
  readonly keep: boolean;
  /** Called once the launcher runs: forwards signals, serves the terminal. */
  attend(launched: Launched, prepared: Prepared): void;
}

/** A container whose launcher is at work. */
export interface Begun extends Making {
  /** Told when it could not be started: a kept plan is not used again. */
  failed(): void;
}

export interface RunEnd {
  /** 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** False when the launcher was killed: the container may still run. */
  readonly over: boolean;
}

/**
 * Runs a container to its end.
 * @returns its exit status: 128 + n when signal n ended it.
 * @throws KernelError when it could not be started; nothing of it is then left.
 */
export async function runContainer(context: RuntimeContext, source: RunSource, { keep, attend }: RunOptions): Promise<number> {
  const begun = await beginRun(context, await prepareRun(context, source), source.options(source.id));
  attend(begun.launched, begun.prepared);
  // Off the way of a start: a container that lives so long gets its process's start time recorded, which makes the pid an identity.
  const settled = setTimeout(() => completeRecord(begun), SETTLED_MS);
  const { exitCode, over } = await endOfRun(context, begun).finally(() => clearTimeout(settled));
  if (!keep) await discard(context, begun, over);
  return exitCode;
}

/** Makes the state directory and starts the launcher. @throws as launchContainer */
export async function beginRun(context: RuntimeContext, { prepared, failed }: PreparedRun, options: CreateOptions): Promise<Begun> {
  return { ...(await launchContainer(context, prepared, options)), failed };
}

/**
 * Waits until the program of a container runs that nobody here waits for: its launch was `detached`.
 * @throws KernelError when it could not be started; its running state is then gone.
 */
export async function startOfRun(context: RuntimeContext, begun: Begun): Promise<void> {
  const { started } = begun.launched;
  if (started === undefined) throw new TeuError("internal", `start container ${begun.record.id}: its launch was not detached`);
  await checkBegun(context, begun, await started);
  completeRecord(begun);
}

/**
 * Waits for the end of a container.
 * @throws KernelError when it could not be started; its running state is then gone.
 */
export async function endOfRun(context: RuntimeContext, begun: Begun): Promise<RunEnd> {
  const { exitCode, records } = await begun.launched.ended;
  await checkBegun(context, begun, records);
  return { exitCode, over: records.some(({ kind }) => kind === "exited") };
}

async function checkBegun(context: RuntimeContext, begun: Begun, records: readonly ReportRecord[]): Promise<void> {
  if (!records.some(({ kind }) => kind === "done")) {
    begun.failed();
    throw await explainFailure(context, begun, records);
  }
  if (!records.some(({ kind }) => kind === "warned")) return;
  (await import("./warnings.ts")).warnOfRecords(context, (await begun.prepared.source()).compiled, records);
}

/** Takes the container back and says why it could not be started. */
async function explainFailure(context: RuntimeContext, making: Making, records: readonly ReportRecord[]): Promise<Error> {
  const [{ planFailure }, { takeBack }] = await Promise.all([import("../launch/failure.ts"), import("./take-back.ts")]);
  const { compiled } = await making.prepared.source();
  const failure = planFailure(compiled.plan, records);
  await takeBack(context, making, failure);
  return failure ?? new TeuError("internal", `run container ${making.record.id}: the launcher ended before its work was done`);
}

/**
 * Deletes a container with what is in hand: after a plain run nothing is read again, and little is loaded.
 * @param over as in RunEnd
 */
async function discard(context: RuntimeContext, { prepared, record }: Making, over: boolean): Promise<void> {
  if (!over || prepared.facts.poststop || record.unit !== undefined || record.rdtGroup !== undefined) {
    await (await import("./delete.ts")).deleteContainer(context, record.id, { force: true });
    return;
  }
  await releaseCgroups(record.cgroups);
  removeContainerDir(context.root, record.id);
}
