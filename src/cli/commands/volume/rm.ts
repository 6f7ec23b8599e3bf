// `teu volume rm`, as docker has it.
import { removeVolume } from "../../../engine/volumes/remove.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { eachOf } from "../each.ts";

export default command({
  name: "volume rm",
  summary: "Remove volumes",
  usage: "[flags] VOLUME…",
  flags: { force: { type: "boolean", short: "f", summary: "It is no failure when there is no such volume" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "volumes" },
  failed: 1,
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    return await eachOf(args, { context }, async (name) => {
      await removeVolume(engine, name, { force: flags.force === true });
      context.out(`${name}\n`);
    });
  },
});
