// `teu-runtime pause`.
import { pauseContainer } from "../../kernel/state/pause.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime pause",
  summary: "Suspend all processes of a container",
  usage: "ID",
  flags: {},
  args: { min: 1, max: 1 },
  run({ args: [id = ""], runtime }) {
    pauseContainer(runtime, id);
    return 0;
  },
});
