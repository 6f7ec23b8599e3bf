// `run` in the foreground: create, run, see it end, delete.
import { TeuError } from "../../base/errors.ts";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { Compiled } from "../compile/request.ts";
import { type Launched, planFailure } from "../launch/launcher.ts";
import type { Bundle } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { beginContainer, type CreateOptions, completeRecord, warnOfRecords } from "./create.ts";
import { type ContainerRecord, removeContainerDir } from "./record.ts";
import { releaseCgroups } from "./release.ts";
import { takeBack } from "./take-back.ts";

const SETTLED_MS = 50;

export interface RunOptions {
  readonly options: CreateOptions;
  /** Keep the container's state when it has ended. */
  readonly keep: boolean;
  /** Called once the launcher runs: forwards signals, serves the terminal. */
  attend(launched: Launched, plan: Compiled): void;
}

/**
 * Runs a container to its end.
 * @returns its exit status: 128 + n when signal n ended it.
 * @throws KernelError when it could not be started; nothing of it is then left.
 */
export async function runContainer(context: RuntimeContext, bundle: Bundle, { options, keep, attend }: RunOptions): Promise<number> {
  const making = beginContainer(context, bundle, options);
  attend(making.launched, making.plan);
  // Off the way of a start: a container that lives so long gets its process's start time recorded, which makes the pid an identity.
  const settled = setTimeout(() => completeRecord(making), SETTLED_MS);
  const { exitCode, records } = await making.launched.ended;
  clearTimeout(settled);
  const failure = planFailure(making.plan.plan, records);
  if (!records.some(({ kind }) => kind === "done")) {
    await takeBack(context, { config: bundle.config, record: making.record }, failure);
    throw failure ?? new TeuError("internal", `run container ${options.id}: the launcher ended before its work was done`);
  }
  warnOfRecords(context, making.plan, records);
  const over = records.some(({ kind }) => kind === "exited");
  if (!keep) await discard(context, { config: bundle.config, record: making.record, over });
  return exitCode;
}

interface Ended {
  readonly config: RuntimeConfig;
  readonly record: ContainerRecord;
  /** False when the launcher was killed: the container may still run. */
  readonly over: boolean;
}

/** Deletes a container with what is in hand: after a plain run nothing is read again, and little is loaded. */
async function discard(context: RuntimeContext, { config, record, over }: Ended): Promise<void> {
  const hooks = config.hooks?.poststop ?? [];
  if (!over || hooks.length > 0 || record.unit !== undefined) {
    await (await import("./delete.ts")).deleteContainer(context, record.id, { force: true });
    return;
  }
  await releaseCgroups(record.cgroups);
  removeContainerDir(context.root, record.id);
}
