// Calls the supervisor: whoever has written or taken away a duty does so, and commands that look after what others have left, because the
// supervisor may have been killed. On the way of every start and end: what only duties need is loaded where there are some.
import { existsSync } from "node:fs";
import { hasDuties } from "../../containers/duties/rows.ts";
import type { Engine } from "../engine.ts";
import { doorbellPath } from "./doorbell-path.ts";

/** What of an engine the supervisor is about. */
export type Supervised = Pick<Engine, "state" | "runRoot" | "root" | "self">;

/** Bun wakes every second to see whether there is garbage; who waits makes none. */
const IDLE = { BUN_GC_TIMER_DISABLE: "1" } as const;

/** Sees to it that somebody looks at the duties, or, where there are none left, that nobody waits for one. Costs a query where there is nothing. */
export async function callSupervisor({ state, runRoot, root, self }: Supervised): Promise<void> {
  const wanted = hasDuties(state.rows);
  if (!wanted && !existsSync(doorbellPath(runRoot))) return;
  const { ring } = await import("./doorbell.ts");
  if ((await ring(runRoot)) || !wanted) return;
  const { startDetached } = await import("../../kernel/launch/start-detached.ts");
  startDetached([self, "internal", "supervise", runRoot, root], IDLE);
}
