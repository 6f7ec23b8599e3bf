// `teu system prune`: stopped containers, networks, then images that nothing uses any more.
import { pruneContainers } from "../../../engine/containers/life/prune.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { pruneStored } from "../../../engine/images/prune.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { confirm, deletedParagraph, PRUNE_FLAGS, pruneFilter, reclaimedLine } from "../confirm.ts";
import { deletedImages } from "../image/prune.ts";
import { pruneFitting } from "../network/prune.ts";
import { pruneAnonymous } from "../volume/prune.ts";

export default command({
  name: "system prune",
  summary: "Remove stopped containers, and networks and images that are not used",
  usage: "[flags]",
  flags: {
    ...PRUNE_FLAGS,
    volumes: { type: "boolean", summary: "Also volumes that nobody named and no container has" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  async run({ flags, context }) {
    const engine = engineOf(context);
    const filter = pruneFilter(flags.filter, engine.runtime.now());
    const { all = false, volumes = false } = flags;
    if (flags.force !== true && !confirm(warning({ all, volumes }, flags.filter ?? []), context)) return 0;
    const containers = await pruneContainers(engine, filter);
    context.out(deletedParagraph("Containers", containers.ids));
    context.out(deletedParagraph("Networks", await pruneFitting(engine, filter)));
    const pruned = volumes ? await pruneAnonymous(engine, filter.labels ?? []) : { names: [], reclaimed: 0 };
    using images = openImages(engine);
    const removed = await pruneStored(images, { all, ...filter });
    const reclaimed = containers.reclaimed + pruned.reclaimed + removed.reclaimed;
    context.out(deletedParagraph("Volumes", pruned.names) + deletedImages(removed) + reclaimedLine(reclaimed));
    return 0;
  },
});

function warning({ all, volumes }: { readonly all: boolean; readonly volumes: boolean }, filters: readonly string[]): string {
  const what = [
    "all stopped containers",
    "all networks not used by at least one container",
    ...(volumes ? ["all anonymous volumes not used by at least one container"] : []),
    all ? "all images without at least one container associated to them" : "all dangling images",
  ];
  const shown = filters.length === 0 ? [] : ["", "  Items to be pruned will be filtered with:", ...filters.map((text) => `  - ${text}`)];
  return ["This will remove:", ...what.map((item) => `  - ${item}`), ...shown, ""].join("\n");
}
