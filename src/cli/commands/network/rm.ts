// `teu network rm`, as docker has it.
import { TeuError } from "../../../base/errors.ts";
import { removeNetwork } from "../../../engine/networks/objects/remove.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";

export default command({
  name: "network rm",
  summary: "Remove networks",
  usage: "[flags] NETWORK…",
  flags: { force: { type: "boolean", short: "f", summary: "It is no failure when there is no such network" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "networks" },
  failed: 1,
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    let status = 0;
    for (const name of args) {
      try {
        await removeNetwork(engine, name);
        context.out(`${name}\n`);
      } catch (error) {
        if (!(error instanceof TeuError)) throw error;
        if (flags.force === true && error.code === "not-found") continue;
        context.err(`teu: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
});
