// `teu-runtime kill`.
import { killContainer } from "../../kernel/state/kill.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import { UsageError } from "../command.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime kill",
  summary: "Send a signal to a container's process",
  usage: "[flags] ID [SIGNAL]",
  flags: { all: { type: "boolean", short: "a", summary: "Send it to every process of the container" } },
  args: { min: 1, max: 2 },
  run({ flags, args: [id = "", signal = "SIGTERM"], runtime }) {
    const number = parseSignal(signal);
    if (number === undefined) throw new UsageError(`unknown signal ${JSON.stringify(signal)}`);
    killContainer(runtime, id, { signal: number, all: flags.all === true });
    return 0;
  },
});
