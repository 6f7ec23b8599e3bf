// `teu network prune`, with docker's question and lines.
import type { Engine } from "../../../engine/engine.ts";
import { pruneNetworks } from "../../../engine/networks/objects/remove.ts";
import { type ConfigFilter, fitsLabels } from "../../../image/store/prune.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { confirm, deletedParagraph, PRUNE_FLAGS, pruneFilter } from "../confirm.ts";

export default command({
  name: "network prune",
  summary: "Remove networks that no container has",
  usage: "[flags]",
  flags: { filter: PRUNE_FLAGS.filter, force: PRUNE_FLAGS.force },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu network prune --filter until=24h    those that were made a day ago, or before that"],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const filter = pruneFilter(flags.filter, engine.runtime.now());
    if (flags.force !== true && !confirm("This will remove all custom networks not used by at least one container.", context)) return 0;
    context.out(deletedParagraph("Networks", await pruneFitting(engine, filter)));
    return 0;
  },
});

/** Those that fit, and that no container has asked for; their names. */
export function pruneFitting(engine: Engine, { until, labels = [] }: ConfigFilter): Promise<readonly string[]> {
  return pruneNetworks(
    engine,
    (network) => (until === undefined || Date.parse(network.created) < until) && fitsLabels(network.labels, labels),
  );
}
