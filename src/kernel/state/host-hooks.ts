// Hooks that run when no plan does: poststart after `start`, poststop after `delete` (runtime-spec config.md, "POSIX-platform Hooks").
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { hookOps } from "../hooks/hook-ops.ts";
import { planFailure } from "../launch/failure.ts";
import { launch } from "../launch/launcher.ts";
import type { ReportRecord } from "../launch/records.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Op, Plan } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";
import type { ContainerRecord } from "./record.ts";
import { warnOfRecords } from "./warnings.ts";

/**
 * Runs the poststart hooks, one after another, in the caller's namespaces.
 * @throws KernelError naming the first hook that failed; the ones after it are not run.
 */
export async function runPoststart(
  context: RuntimeContext,
  config: RuntimeConfig,
  of: { readonly record: ContainerRecord; readonly pid: number },
) {
  const { id, bundle } = of.record;
  const { plan, records } = await runOps(context, hookOps(config, "poststart", { id, bundle, pid: String(of.pid) }), bundle);
  warnOfRecords(context, { plan }, records);
  const failure = planFailure(plan, records);
  if (failure !== undefined) throw failure;
}

/** Runs the poststop hooks. One that fails is only warned of: the container is gone, whatever its hooks think of it (runtime.md, "Lifecycle", step 13). */
export async function runPoststop(context: RuntimeContext, config: RuntimeConfig, { id, bundle }: ContainerRecord): Promise<void> {
  try {
    const { plan, records } = await runOps(context, hookOps(config, "poststop", { id, bundle, pid: "0" }), bundle);
    warnOfRecords(context, { plan }, records);
  } catch (error) {
    context.warn(error instanceof Error ? error.message : String(error));
  }
}

interface HooksRun {
  readonly plan: Plan;
  readonly records: readonly ReportRecord[];
}

async function runOps(context: RuntimeContext, ops: readonly Op[], cwd: string): Promise<HooksRun> {
  const plan: Plan = { sections: [{ name: "host", ops }], registers: [] };
  if (ops.length === 0) return { plan, records: [] };
  const dir = mkdtempSync(join(context.root, ".hooks-"));
  try {
    const { records } = await launch(encodePlan(plan), { launcher: context.launcher, dir, cwd }).ended;
    return { plan, records };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
