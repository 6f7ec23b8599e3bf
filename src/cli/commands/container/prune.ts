// `teu container prune`: removes all stopped containers, with docker's question and lines.
import { pruneContainers } from "../../../engine/containers/life/prune.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { confirm, deletedParagraph, PRUNE_FLAGS, pruneFilter, reclaimedLine } from "../confirm.ts";

export default command({
  name: "container prune",
  summary: "Remove all stopped containers",
  usage: "[flags]",
  flags: { filter: PRUNE_FLAGS.filter, force: PRUNE_FLAGS.force },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu container prune --filter until=24h    those that were made a day ago, or before that"],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const filter = pruneFilter(flags.filter, engine.runtime.now());
    if (flags.force !== true && !confirm("This will remove all stopped containers.", context)) return 0;
    const pruned = await pruneContainers(engine, filter);
    context.out(deletedParagraph("Containers", pruned.ids) + reclaimedLine(pruned.reclaimed));
    return 0;
  },
});
