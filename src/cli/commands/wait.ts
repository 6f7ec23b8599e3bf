// `teu wait`: until containers have ended; prints their exit codes.
import { WAIT_CONDITIONS, waitContainer } from "../../engine/containers/life/wait.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";

export default command({
  name: "wait",
  summary: "Wait until containers have ended, and print their exit codes",
  usage: "[flags] CONTAINER…",
  flags: { condition: { type: "string", oneOf: WAIT_CONDITIONS, value: "STATE", summary: `${WAIT_CONDITIONS.join(", ")} (not-running)` } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  run({ flags: { condition = "not-running" }, args, context }) {
    const engine = engineOf(context);
    return eachContainer(engine, { args, context }, async (row) => `${await waitContainer(engine, row, { condition })}`);
  },
});
