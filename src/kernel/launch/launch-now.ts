// Short plans without a container: hooks of their own time, dumps, a device program replaced.
import { closeSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { namelessFile } from "../../base/nameless-file.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Plan } from "../plan/plan.ts";
import { planFailure } from "./failure.ts";
import { cannotStart, type LaunchOptions, readRecords } from "./launcher.ts";
import type { ReportRecord } from "./records.ts";

/**
 * Runs a short plan without a container, and waits for its end.
 * @returns its report
 * @throws the error that its report tells of; TeuError `unavailable` when the launcher cannot be executed.
 */
export function launchNow(
  plan: Plan,
  { launcher, dir, extra = [] }: Pick<LaunchOptions, "launcher" | "dir"> & { readonly extra?: readonly number[] },
): readonly ReportRecord[] {
  const planFd = namelessFile(dir, encodePlan(plan));
  const reportFd = namelessFile(dir, new Uint8Array());
  try {
    Bun.spawnSync([launcher], { stdio: ["ignore", "ignore", "inherit", planFd, reportFd, ...extra], env: {} });
    const records = readRecords(reportFd);
    const failure = planFailure(plan, records);
    if (failure !== undefined) throw failure;
    return records;
  } catch (cause) {
    if (cause instanceof TeuError) throw cause;
    throw cannotStart(launcher, cause);
  } finally {
    closeSync(planFd);
    closeSync(reportFd);
  }
}
