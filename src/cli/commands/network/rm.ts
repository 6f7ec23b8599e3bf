// `teu network rm`, as docker has it.
import { removeNetwork } from "../../../engine/networks/objects/remove.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { eachOf } from "../each.ts";

export default command({
  name: "network rm",
  summary: "Remove networks",
  usage: "[flags] NETWORK…",
  flags: { force: { type: "boolean", short: "f", summary: "It is no failure when there is no such network" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "networks" },
  failed: 1,
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    const force = flags.force === true ? { missing: "ignore" as const } : {};
    return await eachOf(args, { context, ...force }, async (name) => {
      await removeNetwork(engine, name);
      context.out(`${name}\n`);
    });
  },
});
