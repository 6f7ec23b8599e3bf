// `run` in the foreground: create, run, see it end, delete. What an ordinary run does not need is loaded when it is needed.
import { TeuError } from "../../base/errors.ts";
import type { Launched } from "../launch/launcher.ts";
import type { ReportRecord } from "../launch/records.ts";
import type { RuntimeContext } from "./context.ts";
import { completeRecord, launchContainer, type Making } from "./launch-container.ts";
import { prepareRun, type RunSource } from "./prepare-run.ts";
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

/**
 * Runs a container to its end.
 * @returns its exit status: 128 + n when signal n ended it.
 * @throws KernelError when it could not be started; nothing of it is then left.
 */
export async function runContainer(context: RuntimeContext, source: RunSource, { keep, attend }: RunOptions): Promise<number> {
  const { prepared, failed } = await prepareRun(context, source);
  const making = await launchContainer(context, prepared, source.options(source.id), source.make);
  attend(making.launched, prepared);
  // Off the way of a start: a container that lives so long gets its process's start time recorded, which makes the pid an identity.
  const settled = setTimeout(() => completeRecord(making), SETTLED_MS);
  const { exitCode, records } = await making.launched.ended;
  clearTimeout(settled);
  if (!records.some(({ kind }) => kind === "done")) {
    failed();
    throw await explainFailure(context, making, records);
  }
  if (records.some(({ kind }) => kind === "warned")) {
    (await import("./warnings.ts")).warnOfRecords(context, (await prepared.source()).compiled, records);
  }
  const over = records.some(({ kind }) => kind === "exited");
  if (!keep) await discard(context, making, over);
  return exitCode;
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
 * @param over false when the launcher was killed: the container may still run
 */
async function discard(context: RuntimeContext, { prepared, record }: Making, over: boolean): Promise<void> {
  if (!over || prepared.facts.poststop || record.unit !== undefined || record.rdtGroup !== undefined) {
    await (await import("./delete.ts")).deleteContainer(context, record.id, { force: true });
    return;
  }
  await releaseCgroups(record.cgroups);
  await removeContainerDir(context, record.id);
}
