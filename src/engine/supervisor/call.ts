// Calls the supervisor: whoever has written or taken away a duty does so, and commands that look after what others have left, because the
// supervisor may have been killed. On the way of every start and end: what only duties need is loaded where there are some.
import { existsSync } from "node:fs";
import { hasDuties } from "../../containers/duties/rows.ts";
import type { Served } from "../background/call.ts";
import { doorbellPath } from "../background/doorbell-path.ts";

/** Sees to it that somebody looks at the duties, or, where there are none left, that nobody waits for one. Costs a query where there is nothing. */
export async function callSupervisor(engine: Served): Promise<void> {
  const wanted = hasDuties(engine.state.rows);
  if (!wanted && !existsSync(doorbellPath(engine.runRoot, "supervisor"))) return;
  const [{ call }, { startDetached }] = await Promise.all([
    import("../background/call.ts"),
    import("../../kernel/launch/start-detached.ts"),
  ]);
  await call(engine, "supervisor", { wanted, verb: "supervise", start: startDetached });
}
