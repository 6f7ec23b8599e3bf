// `teu unpause`.
import { unpauseContainer } from "../../engine/containers/life/pause.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";

export default command({
  name: "unpause",
  summary: "Let the processes of paused containers go on",
  usage: "CONTAINER…",
  flags: {},
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  run({ args, context }) {
    const engine = engineOf(context);
    return eachContainer(engine, { args, context }, (row) => unpauseContainer(engine, row));
  },
});
