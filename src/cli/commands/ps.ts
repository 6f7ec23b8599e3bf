// `teu ps`: the containers that there are.
import type { ContainerView } from "../../engine/containers/view.ts";
import { listViews } from "../../engine/containers/view.ts";
import type { Engine } from "../../engine/engine.ts";
import { type CliContext, command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { FILTER_FLAGS } from "../format/filter.ts";
import { LIST_FLAGS, listOutput } from "../format/list-output.ts";
import { type ContainerItem, containerList } from "./ps/columns.ts";

export default command({
  name: "ps",
  summary: "List containers",
  usage: "[flags]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Show those that do not run, too" },
    ...FILTER_FLAGS,
    last: { type: "integer", short: "n", value: "N", summary: "Show the N containers that were made last, whether or not they run" },
    latest: { type: "boolean", short: "l", summary: "Show the container that was made last, whether or not it runs" },
    size: { type: "boolean", short: "s", summary: "Show what they take of the disk" },
    ...LIST_FLAGS,
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: [
    "teu ps -a --filter status=exited          those that have ended",
    "teu ps --format '{{.ID}}: {{.Command}}'   a line each",
    "teu ps --format 'table {{.Names}}\\t{{.Label \"team\"}}'",
  ],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const now = engine.runtime.now();
    const { size = sizesNamed(flags.format) } = flags;
    const last = flags.latest === true ? 1 : (flags.last ?? -1);
    await (await import("../../engine/containers/state/recover.ts")).recover(engine, { runs: true });
    const views = listViews(engine);
    const filter = flags.filter === undefined ? undefined : await import("./ps/filters.ts");
    const passes = (await filter?.containerFilter(engine, flags.filter, views)) ?? (() => true);
    const all = flags.all === true || last > 0 || filter?.meansAll(flags.filter) === true;
    const fitting = views.filter((view) => (all || isUp(view)) && passes(view));
    const shown = last > 0 ? fitting.slice(0, last) : fitting;
    const items = await itemsOf(engine, shown, { size });
    context.out(await listOutput(items, containerList(now, { size: flags.size === true }), idsAlone(flags, context)));
    return 0;
  },
});

/** Of `ps` alone docker has it that --quiet goes before --format. */
function idsAlone<T extends { readonly quiet?: boolean; readonly format?: string }>(flags: T, context: CliContext): T {
  if (flags.quiet !== true || (flags.format ?? "") === "") return flags;
  context.err("teu: warning: --format has no effect beside --quiet\n");
  return { ...flags, format: "" };
}

/** What docker shows without --all: to people a container that is being restarted is up. */
function isUp({ status }: ContainerView): boolean {
  return status === "running" || status === "paused" || status === "restarting";
}

/** A template that names sizes wants them counted. */
function sizesNamed(format: string | undefined): boolean {
  return format !== undefined && /\.Size\b/.test(format);
}

async function itemsOf(engine: Engine, views: readonly ContainerView[], { size }: { readonly size: boolean }): Promise<ContainerItem[]> {
  if (!size) return views.map((view) => ({ view, sizes: undefined }));
  const { containerSizes } = await import("../../engine/containers/show/size.ts");
  const { openImages } = await import("../../engine/images/image-engine.ts");
  using images = openImages(engine);
  const items: ContainerItem[] = [];
  for (const view of views) items.push({ view, sizes: await containerSizes(images, view.row.document) });
  return items;
}
