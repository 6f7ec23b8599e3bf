// `teu restart`.
import { restartContainer } from "../../engine/containers/life/stop.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";
import { STOP_FLAGS, stopOptions } from "./stop-flags.ts";

export default command({
  name: "restart",
  summary: "Stop containers and start them again",
  usage: "[flags] CONTAINER…",
  flags: STOP_FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  run({ flags, args, context }) {
    const engine = engineOf(context);
    const options = stopOptions(flags);
    return eachContainer(engine, { args, context }, (row) => restartContainer(engine, row, options));
  },
});
