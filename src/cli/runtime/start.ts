// `teu-runtime start`.
import { startContainer } from "../../kernel/state/start.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime start",
  summary: "Run the program of a created container",
  usage: "ID",
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args: [id = ""], runtime }) {
    await startContainer(runtime, id);
    return 0;
  },
});
