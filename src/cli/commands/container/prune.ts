// `teu container prune`: removes all stopped containers, with docker's question and lines.
import { type Pruned, pruneContainers } from "../../../engine/containers/life/prune.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { decimalSize } from "../../format/human-size.ts";
import { confirm, PRUNE_FLAGS, pruneFilter } from "../confirm.ts";

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
    context.out(`${deletedContainers(pruned)}Total reclaimed space: ${decimalSize(pruned.reclaimed, 4)}\n`);
    return 0;
  },
});

/** docker's paragraph; empty when nothing went. */
export function deletedContainers({ ids }: Pruned): string {
  return ids.length === 0 ? "" : `Deleted Containers:\n${ids.join("\n")}\n\n`;
}
