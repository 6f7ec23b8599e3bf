// `teu rm`: removes containers.
import { findEvenDamaged } from "../../engine/containers/find.ts";
import { removeContainer } from "../../engine/containers/life/remove.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eachContainer } from "./each-container.ts";

export default command({
  name: "rm",
  summary: "Remove containers",
  usage: "[flags] CONTAINER…",
  flags: {
    force: { type: "boolean", short: "f", summary: "Kill those that run" },
    link: { type: "boolean", short: "l", summary: "Not built: a link is its container's for good" },
    volumes: { type: "boolean", short: "v", summary: "Remove their anonymous volumes, too" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  run({ flags, args, context }) {
    if (flags.link === true)
      throw new UsageError("--link is not built: a link is its container's for good; make the container anew without it");
    const engine = engineOf(context);
    const [force, volumes] = [flags.force === true, flags.volumes === true];
    const options = { args, context, find: findEvenDamaged, ...(force ? { missing: "ignore" as const } : {}) };
    return eachContainer(engine, options, (row) => removeContainer(engine, row, { force, volumes }));
  },
});
