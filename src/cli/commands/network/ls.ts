// `teu network ls`, as docker has it.
import { SHORT_ID } from "../../../base/container-id.ts";
import { type ListedNetwork, listNetworks } from "../../../engine/networks/objects/list.ts";
import { BEFORE_ALL } from "../../../engine/networks/objects/predefined.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { FILTER_FLAGS, type FilterRules, fitsPattern, labelRules, rowFilter, truthRule, wordRule } from "../../format/filter.ts";
import { goTime } from "../../format/human-time.ts";
import { labelsText, labelValue } from "../../format/labels.ts";
import { LIST_FLAGS, type ListShape, listOutput } from "../../format/list-output.ts";
import { parseTimestamp } from "../../format/timestamps.ts";

export default command({
  name: "network ls",
  summary: "List networks",
  usage: "[flags]",
  flags: { ...FILTER_FLAGS, ...LIST_FLAGS },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu network ls --filter dangling=true", "teu network ls --format '{{.Name}}: {{.Driver}}'"],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const passes = rowFilter(flags.filter, filters(engine.runtime.now()));
    const networks = await listNetworks(engine);
    context.out(await listOutput(networks.filter(passes), SHAPE, flags));
    return 0;
  },
});

const filters = (now: Date): FilterRules<ListedNetwork> => ({
  dangling: truthRule("dangling", ({ dangling }) => dangling),
  driver: { matches: ({ driver }, value) => fitsPattern(value, driver) },
  id: { matches: ({ id }, value) => fitsPattern(value, id) },
  ...labelRules<ListedNetwork>(({ labels }) => labels),
  name: { matches: ({ name }, value) => fitsPattern(value, name) },
  scope: wordRule(["local", "global", "swarm"], () => "local"),
  type: wordRule(["builtin", "custom"], ({ predefined }) => (predefined ? "builtin" : "custom")),
  until: {
    matches: ({ created }, value) => created !== undefined && Date.parse(created) < parseTimestamp(value, now, "--filter until").getTime(),
    check: (value) => void parseTimestamp(value, now, "--filter until"),
  },
});

const SHAPE: ListShape<ListedNetwork> = {
  typeName: "*network.networkContext",
  id: "ID",
  columns: [
    { name: "ID", header: "NETWORK ID", value: ({ id }, { whole }) => (whole ? id : id.slice(0, SHORT_ID)) },
    { name: "Name", header: "NAME", value: ({ name }) => name },
    { name: "Driver", header: "DRIVER", value: ({ driver }) => driver },
    { name: "Scope", header: "SCOPE", value: () => "local" },
    { name: "CreatedAt", header: "CREATED AT", hidden: true, value: ({ created }) => goTime(created ?? BEFORE_ALL) },
    { name: "IPv4", header: "IPV4", hidden: true, value: ({ ipv4 }) => String(ipv4) },
    { name: "IPv6", header: "IPV6", hidden: true, value: ({ ipv6 }) => String(ipv6) },
    { name: "Internal", header: "INTERNAL", hidden: true, value: ({ internal }) => String(internal) },
    { name: "Labels", header: "LABELS", hidden: true, value: ({ labels }) => labelsText(labels) },
  ],
  methods: { Label: { value: ({ labels }, name) => labelValue(labels, name), heading: (name) => name } },
};
