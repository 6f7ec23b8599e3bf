// `teu volume cp`: a new volume with all that another one holds.
import { copyVolume } from "../../../engine/volumes/copy.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "volume cp",
  summary: "Copy a volume to a new one",
  usage: "[flags] VOLUME NEW",
  flags: {
    label: { type: "pairs", summary: "Say something of the new volume" },
    pause: { type: "boolean", short: "p", summary: "Containers that have the volume stand still meanwhile" },
  },
  args: { min: 2, max: 2, completes: "volumes" },
  failed: 1,
  async run({ flags, args: [from = "", to = ""], context }) {
    await copyVolume(engineOf(context), from, { to, labels: Object.fromEntries(flags.label ?? []), pause: flags.pause === true });
    context.out(`${to}\n`);
    return 0;
  },
});
