// `teu volume ls`, as docker has it.
import { type ListedVolume, listVolumes } from "../../../engine/volumes/list.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { FILTER_FLAGS, type FilterRules, labelRules, rowFilter, truthRule } from "../../format/filter.ts";
import { labelsText } from "../../format/labels.ts";
import { FORMAT_FLAGS, type ListShape, listOutput } from "../../format/list-output.ts";

export default command({
  name: "volume ls",
  summary: "List volumes",
  usage: "[flags]",
  flags: {
    ...FILTER_FLAGS,
    ...FORMAT_FLAGS,
    quiet: { type: "boolean", short: "q", summary: "Show names only" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu volume ls --filter dangling=true", "teu volume ls --format '{{.Name}}: {{.Mountpoint}}'"],
  async run({ flags, context }) {
    const passes = rowFilter(flags.filter, FILTERS);
    const volumes = await listVolumes(engineOf(context));
    context.out(await listOutput(volumes.filter(passes), SHAPE, flags));
    return 0;
  },
});

const FILTERS: FilterRules<ListedVolume> = {
  dangling: truthRule("dangling", ({ dangling }) => dangling),
  driver: { matches: ({ driver }, value) => driver === value },
  ...labelRules<ListedVolume>(({ labels }) => labels),
  name: { matches: ({ name }, value) => name.includes(value) },
};

const UNKNOWN = "N/A";

const SHAPE: ListShape<ListedVolume> = {
  typeName: "*formatter.volumeContext",
  id: "Name",
  columns: [
    { name: "Driver", header: "DRIVER", value: ({ driver }) => driver },
    { name: "Name", header: "VOLUME NAME", value: ({ name }) => name },
    { name: "Availability", header: "AVAILABILITY", hidden: true, value: () => UNKNOWN },
    { name: "Group", header: "GROUP", hidden: true, value: () => UNKNOWN },
    { name: "Labels", header: "LABELS", hidden: true, value: ({ labels }) => labelsText(labels) },
    { name: "Links", header: "LINKS", hidden: true, value: () => UNKNOWN },
    { name: "Mountpoint", header: "MOUNTPOINT", hidden: true, value: ({ mountpoint }) => mountpoint },
    { name: "Scope", header: "SCOPE", hidden: true, value: () => "local" },
    { name: "Size", header: "SIZE", hidden: true, value: () => UNKNOWN },
    { name: "Status", header: "STATUS", hidden: true, value: () => UNKNOWN },
  ],
};
