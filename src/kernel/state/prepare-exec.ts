// A process in a container, ready to be launched. Health checks, and people, run the same one in the same container again and again: its
// plan is kept beside the container's state, which it goes away with, by the digest of all that it was made of but the configuration,
// which does not change while the container runs.
import { join } from "node:path";
import { dropKept, keepFile, readKept } from "../../base/kept-file.ts";
import { readText } from "../cgroup/control/files.ts";
import type { Plan } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";
import type { ExecOptions } from "./exec-options.ts";
import { digestOf } from "./plan-cache.ts";
import type { Container } from "./query.ts";
import { containerDir } from "./record.ts";

export interface PreparedExec {
  readonly encoded: Uint8Array;
  readonly warnings: readonly string[];
  /** As a value: for an error sentence. */
  plan(): Promise<Plan>;
  /** It could not be carried out: what is kept of it is not to be tried again. */
  failed(): void;
}

const KEPT = "plans-of-execs";

/** @throws as planExec does */
export async function prepareExec(context: RuntimeContext, container: Container, options: ExecOptions): Promise<PreparedExec> {
  const compile = async () => (await import("./exec-plan.ts")).planExec(context, container, options);
  const key = keyOf(context, container, options);
  const dir = join(containerDir(context.root, container.id), KEPT);
  const known = key === undefined ? undefined : readKept(dir, key);
  if (key !== undefined && known !== undefined) {
    return { encoded: known, warnings: [], plan: async () => (await compile()).plan, failed: () => dropKept(dir, key) };
  }
  const { plan, warnings } = await compile();
  const { encodePlan } = await import("../plan/encode.ts");
  const encoded = encodePlan(plan, { timings: options.timings === true });
  // One that warns is made anew, so that it warns each time.
  if (key !== undefined && warnings.length === 0) keepFile(dir, key, encoded, { inside: "existing" });
  return { encoded, warnings, plan: () => Promise.resolve(plan), failed: () => key !== undefined && dropKept(dir, key) };
}

/** Undefined for what is not kept: paths of one call make a plan that no other call has. */
function keyOf(context: RuntimeContext, container: Container, options: ExecOptions): string | undefined {
  const { key, keeper, monitor, console, pidFile, directory, preserveFds, cgroups, timings } = options;
  if (key === undefined || pidFile !== undefined || console?.kind === "socket" || timings === true) return undefined;
  const { uid, rootless, capabilities } = context.facts();
  const asked = { keeper, monitor, console, own: directory !== undefined, preserveFds, cgroups };
  const host = [uid, rootless, String(capabilities.bounding), String(capabilities.effective)];
  return digestOf([context.build, JSON.stringify(asked), JSON.stringify(host), placeOf(container), ...key]);
}

/** On v2 the process goes where the container's first one is, which may have moved below its own cgroup. */
function placeOf({ record, status }: Container): string {
  return record.cgroups.unified === undefined ? "" : (readText(`/proc/${status.pid}/cgroup`) ?? "");
}
