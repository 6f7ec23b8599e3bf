// `teu volume mv`: another name for a volume that no container has.
import { renameVolume } from "../../../engine/volumes/copy.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "volume mv",
  summary: "Give a volume another name",
  usage: "VOLUME NEW",
  flags: {},
  args: { min: 2, max: 2, completes: "volumes" },
  failed: 1,
  async run({ args: [from = "", to = ""], context }) {
    await renameVolume(engineOf(context), from, to);
    context.out(`${to}\n`);
    return 0;
  },
});
