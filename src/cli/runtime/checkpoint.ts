// `teu-runtime checkpoint`.
import { checkpointContainer } from "../../kernel/state/checkpoint.ts";
import { CRIU_VERB_FLAGS, criuOptions } from "./criu-flags.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime checkpoint",
  summary: "Save a running container as images of criu, and delete it",
  usage: "[flags] ID",
  flags: {
    ...CRIU_VERB_FLAGS,
    "leave-running": { type: "boolean", summary: "Let it run on" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    await checkpointContainer(runtime, { ...criuOptions(id, flags, context), leaveRunning: flags["leave-running"] === true });
    return 0;
  },
});
