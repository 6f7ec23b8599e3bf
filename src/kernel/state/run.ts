// `run` in the foreground: create, run, see it end, delete.
import { TeuError } from "../../base/errors.ts";
import type { Compiled } from "../compile/request.ts";
import { type Launched, planFailure } from "../launch/launcher.ts";
import type { Bundle } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { beginContainer, type CreateOptions, completeRecord, warnOfRecords } from "./create.ts";
import { deleteContainer } from "./delete.ts";
import { removeContainerDir } from "./record.ts";

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
  const { exitCode, records } = await making.launched.ended;
  const started = records.some(({ kind }) => kind === "done");
  if (!started) {
    removeContainerDir(context.root, options.id);
    throw (
      planFailure(making.plan.plan, records) ??
      new TeuError("internal", `run container ${options.id}: the launcher ended before its work was done`)
    );
  }
  warnOfRecords(context, making.plan, records);
  if (keep) completeRecord(making);
  else await deleteContainer(context, options.id, { force: true });
  return exitCode;
}
