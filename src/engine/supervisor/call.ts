// Calls the supervisor: whoever has written a duty does so, and every command that opens the state does where there are some, because the
// supervisor may have been killed.
import { existsSync } from "node:fs";
import { hasDuties } from "../../containers/duties/rows.ts";
import { startDetached } from "../../kernel/launch/start-detached.ts";
import type { Engine } from "../engine.ts";
import { doorbellPath, ring } from "./doorbell.ts";

/** What of an engine the supervisor is about. */
export type Supervised = Pick<Engine, "state" | "runRoot" | "root" | "self">;

/** Sees to it that somebody looks at the duties, or, where there are none left, that nobody waits for one. Costs a query where there is nothing. */
export async function callSupervisor({ state, runRoot, root, self }: Supervised): Promise<void> {
  const wanted = hasDuties(state.rows);
  if (!wanted && !existsSync(doorbellPath(runRoot))) return;
  if ((await ring(runRoot)) || !wanted) return;
  startDetached([self, "internal", "supervise", runRoot, root]);
}
