// `teu-runtime resume`.
import { resumeContainer } from "../../kernel/state/pause.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime resume",
  summary: "Let the processes of a paused container run on",
  usage: "ID",
  flags: {},
  args: { min: 1, max: 1 },
  run({ args: [id = ""], runtime }) {
    resumeContainer(runtime, id);
    return 0;
  },
});
