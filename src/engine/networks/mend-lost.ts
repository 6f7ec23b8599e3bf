// Containers that lost their networks with an ordinary user's namespace are connected anew as another is started: no other command may come.
import { callDns } from "../dns/call.ts";
import type { Engine } from "../engine.ts";
import { abandonedChanges } from "./changes.ts";
import { finishChange } from "./containers/finish.ts";
import { mendRootless } from "./rootless/mend.ts";

/** What fails is told: it is not of the container that is started. */
export async function mendLost(engine: Engine): Promise<void> {
  const abandoned = abandonedChanges(engine);
  if (abandoned.length === 0) return;
  try {
    await mendRootless(engine);
    for (const { container, forget } of abandoned) {
      await finishChange(engine, container);
      forget();
    }
    await callDns(engine);
  } catch (error) {
    engine.runtime.warn(`connect containers anew: ${error instanceof Error ? error.message : error}`);
  }
}
