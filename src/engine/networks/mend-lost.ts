// Containers that lost their networks with an ordinary user's namespace are connected anew as another is started: no other command may come.
import { callDns } from "../dns/call.ts";
import type { Engine } from "../engine.ts";
import type { Abandoned } from "./changes.ts";
import { finishChanges } from "./containers/finish.ts";
import { mendRootless } from "./rootless/mend.ts";

/** What fails is told: it is not of the container that is started. */
export async function mendLost(engine: Engine, abandoned: readonly Abandoned[]): Promise<void> {
  try {
    await mendRootless(engine);
    await finishChanges(engine, abandoned);
    await callDns(engine);
  } catch (error) {
    engine.runtime.warn(`connect containers anew: ${error instanceof Error ? error.message : error}`);
  }
}
