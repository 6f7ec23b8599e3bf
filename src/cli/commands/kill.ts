// `teu kill`: a signal to the main processes of containers.
import { killContainer } from "../../engine/containers/life/signal.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";
import { signalOf } from "./stop-flags.ts";

export default command({
  name: "kill",
  summary: "Kill containers, or send them a signal",
  usage: "[flags] CONTAINER…",
  flags: { signal: { type: "string", short: "s", value: "SIGNAL", summary: "The signal (KILL)" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: ["teu kill -s HUP web    has nginx read its configuration again"],
  run({ flags, args, context }) {
    const engine = engineOf(context);
    const signal = signalOf(flags.signal ?? "KILL");
    return eachContainer(engine, { args, context }, (row) => killContainer(engine, row, signal));
  },
});
