// `teu pause`.
import { pauseContainer } from "../../engine/containers/life/pause.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";

export default command({
  name: "pause",
  summary: "Suspend all processes of containers",
  usage: "CONTAINER…",
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  run({ args, context }) {
    const engine = engineOf(context);
    return eachContainer(engine, { args, context }, (row) => pauseContainer(engine, row));
  },
});
