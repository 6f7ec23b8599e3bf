// `create`, and `run --detach`: from a bundle to a container that is left to its caller (runtime-spec runtime.md, "Create"). Everything is read,
// checked and compiled before the first thing is touched; what was made is taken back when the launcher fails.
import { TeuError } from "../../base/errors.ts";
import { planFailure } from "../launch/failure.ts";
import type { Bundle } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import type { CreateOptions } from "./create-options.ts";
import { completeRecord, launchContainer } from "./launch-container.ts";
import { prepare } from "./prepare.ts";
import { writeStartOps } from "./start-ops.ts";
import { takeBack } from "./take-back.ts";
import { warnOfRecords } from "./warnings.ts";

/** Creates a container (or runs one and lets go of it): returns when it waits for `start`, or runs. */
export async function createContainer(context: RuntimeContext, bundle: Bundle, options: CreateOptions): Promise<void> {
  const prepared = prepare(context, bundle, options);
  const making = launchContainer(context, prepared, options);
  const { compiled } = await prepared.source();
  if (options.keeper === "create") writeStartOps(making.dir, compiled);
  const { records } = await making.launched.ended;
  const failure = planFailure(compiled.plan, records);
  const done = records.some(({ kind }) => kind === "done");
  if (failure !== undefined || !done) {
    await takeBack(context, making, failure);
    throw failure ?? new TeuError("internal", `create container ${options.id}: the launcher ended before its work was done`);
  }
  warnOfRecords(context, compiled, records);
  completeRecord(making);
}
