// `teu image prune`: removes images that are not used, with docker's question and lines.
import { openImages } from "../../../engine/images/image-engine.ts";
import { pruneStored } from "../../../engine/images/prune.ts";
import type { Removed } from "../../../image/store/remove-image.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { confirm, deletedParagraph, PRUNE_FLAGS, pruneFilter, reclaimedLine } from "../confirm.ts";

const WARNING = {
  dangling: "This will remove all dangling images.",
  all: "This will remove all images without at least one container associated to them.",
} as const;

export default command({
  name: "image prune",
  summary: "Remove images that are not used",
  usage: "[flags]",
  flags: PRUNE_FLAGS,
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu image prune -a --filter until=24h    also those with a name, when they are a day old"],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const filter = pruneFilter(flags.filter, engine.runtime.now());
    const all = flags.all === true;
    if (flags.force !== true && !confirm(WARNING[all ? "all" : "dangling"], context)) return 0;
    using images = openImages(engine);
    const removed = await pruneStored(images, { all, ...filter });
    context.out(deletedImages(removed) + reclaimedLine(removed.reclaimed));
    return 0;
  },
});

/** docker's paragraph; empty when nothing went. */
export function deletedImages({ untagged, deleted }: Removed): string {
  return deletedParagraph("Images", [...untagged.map((name) => `untagged: ${name}`), ...deleted.map((digest) => `deleted: ${digest}`)]);
}
