// Hooks that run when no plan does: poststart after `start`, poststop after `delete` (runtime-spec config.md, "POSIX-platform Hooks").
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { HookKind, RuntimeConfig } from "../../spec/runtime/config.ts";
import { hookOps } from "../hooks/hook-ops.ts";
import { launch, planFailure } from "../launch/launcher.ts";
import type { Plan } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";
import type { ContainerRecord } from "./record.ts";

export interface HookRun {
  readonly config: RuntimeConfig;
  readonly kind: HookKind;
  readonly record: ContainerRecord;
  readonly pid: number;
}

/**
 * Runs all hooks of a kind, one after another, in the caller's namespaces.
 * @throws KernelError naming the first hook that failed; the ones after it are not run.
 */
export async function runHooks(context: RuntimeContext, { config, kind, record, pid }: HookRun): Promise<void> {
  const ops = hookOps(config, kind, { id: record.id, bundle: record.bundle, pid: String(pid) });
  if (ops.length === 0) return;
  const plan: Plan = { sections: [{ name: "host", ops }], registers: [] };
  const dir = mkdtempSync(join(context.root, ".hooks-"));
  try {
    const { records } = await launch(plan, { launcher: context.launcher, dir, cwd: record.bundle }).ended;
    const failure = planFailure(plan, records);
    if (failure !== undefined) throw failure;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
