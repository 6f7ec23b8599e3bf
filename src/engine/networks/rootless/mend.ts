// What of an ordinary user's networks was killed comes back, and what nobody needs any more goes: by each command that looks after leftovers.
import { allPorts } from "../../../network/state/ports.ts";
import { runState } from "../../containers/state/run-state.ts";
import type { Engine } from "../../engine.ts";
import { isChanging } from "../changes.ts";
import { portTargets } from "../claims/targets.ts";
import { isPublished, publishRootless, rootlessPublishers, unpublishRootless } from "./forwarders.ts";
import { endRootlessNetwork, rootlessNetwork } from "./network.ts";

/** Nothing to do, and nothing to ask the kernel, where no container has a network. */
export async function mendRootless(engine: Engine): Promise<void> {
  const { rows } = engine.state;
  const publishers = rootlessPublishers(engine);
  const owners = new Set(allPorts(rows).map(({ container }) => container)); // read after: whoever publishes has its rows before
  for (const container of publishers) if (!owners.has(container)) unpublishRootless(engine, container);
  if (rows.query("SELECT 1 FROM endpoints LIMIT 1").get() === null) return await endRootlessNetwork(engine);
  const within = await rootlessNetwork(engine);
  // One that does not run is being started, or ended, by somebody else.
  const isLost = (container: string) => runs(engine, container) && !isChanging(engine, container) && !isPublished(engine, container);
  for (const container of owners) {
    if (!isLost(container)) continue;
    engine.state.write((db) => {
      if (!isLost(container)) return; // by now
      unpublishRootless(engine, container);
      publishRootless(engine, container, portTargets(db, container), within);
    });
  }
}

function runs(engine: Engine, container: string): boolean {
  const state = runState(engine, container);
  return state.kind === "alive" && (state.status === "running" || state.status === "paused");
}
