// What commands that were killed have left of containers' networks is swept, and changes that they were at are finished: by every command that lists
// containers.
import type { Engine } from "../engine.ts";
import { abandonedChanges } from "./changes.ts";
import { sweepCables } from "./host/sweep-cables.ts";

/**
 * A cheap look; the kernel is asked for all that it has of ours only where something was found to be left.
 * @param killed a command was killed that was about to start a container
 */
export async function sweepLeft(engine: Engine, { killed }: { readonly killed: boolean }): Promise<void> {
  sweepCables(engine);
  const abandoned = abandonedChanges(engine);
  if (killed || abandoned.length > 0) await (await import("./host/sweep.ts")).sweepKernel(engine);
  if (abandoned.length > 0) await (await import("./containers/finish.ts")).finishChanges(engine, abandoned);
}
