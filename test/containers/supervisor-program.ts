// A supervisor whose duties do nothing but note that they were done, in a file: `bun supervisor-program.ts ROOT RUN-ROOT [PERIOD-MS]`. With a
// period a duty comes back after it, as health checks do; without one it is done once.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { dropDuty, putDuty } from "../../src/containers/duties/rows.ts";
import { stateDatabase } from "../../src/engine/state/state.ts";
import { supervise } from "../../src/engine/supervisor/supervise.ts";

const [, , root = "", runRoot = "", period] = process.argv;
const state = stateDatabase(root);
const runtime = { now: () => new Date(), warn: (message: string) => console.error(message) };
// Nothing else of the runtime is looked at.
await supervise({ state, root, runRoot, runtime }, async (duty) => {
  appendFileSync(join(root, "done"), `${duty.kind} ${process.pid}\n`);
  state.write((db) => {
    if (period === undefined) dropDuty(db, duty);
    else putDuty(db, { ...duty, due: Date.now() + Number(period) });
  });
});
