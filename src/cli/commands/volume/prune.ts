// `teu volume prune`, with docker's question and lines.

import type { Engine } from "../../../engine/engine.ts";
import { type PrunedVolumes, pruneVolumes } from "../../../engine/volumes/remove.ts";
import { fitsLabels, type LabelCondition } from "../../../image/store/prune.ts";
import type { Volume } from "../../../volumes/rows.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { type FilterRules, labelRules, rowFilter } from "../../format/filter.ts";
import { confirm, deletedParagraph, reclaimedLine } from "../confirm.ts";

const WARNING = {
  anonymous: "This will remove anonymous local volumes not used by at least one container.",
  all: "This will remove all local volumes not used by at least one container.",
} as const;

export default command({
  name: "volume prune",
  summary: "Remove volumes that no container has",
  usage: "[flags]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Also those that have a name" },
    filter: { type: "string", multiple: true, value: "KEY=VALUE", summary: "Only what fits: label=KEY[=VALUE], label!=KEY[=VALUE]" },
    force: { type: "boolean", short: "f", summary: "Do not ask" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  async run({ flags, context }) {
    const passes = rowFilter(flags.filter, LABELS);
    const all = flags.all === true;
    if (flags.force !== true && !confirm(WARNING[all ? "all" : "anonymous"], context)) return 0;
    const pruned = await pruneVolumes(engineOf(context), (volume) => (all || volume.anonymous) && passes(volume));
    context.out(deletedParagraph("Volumes", pruned.names) + reclaimedLine(pruned.reclaimed));
    return 0;
  },
});

const LABELS: FilterRules<Volume> = labelRules<Volume>(({ labels }) => labels);

/** What `system prune --volumes` removes: those that nobody named. */
export function pruneAnonymous(engine: Engine, labels: readonly LabelCondition[]): Promise<PrunedVolumes> {
  return pruneVolumes(engine, (volume) => volume.anonymous && fitsLabels(volume.labels, labels));
}
