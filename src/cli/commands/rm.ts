// `teu rm`: removes containers.
import { TeuError } from "../../base/errors.ts";
import { remove } from "../../engine/containers.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "rm",
  summary: "Remove containers",
  usage: "[flags] CONTAINER…",
  flags: { force: { type: "boolean", short: "f", summary: "Kill those that run" } },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  /** Removes what can be removed; the names of the removed go to standard output, as in docker. */
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    let status = 0;
    for (const text of args) {
      try {
        await remove(engine, text, { force: flags.force === true });
        context.out(`${text}\n`);
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
