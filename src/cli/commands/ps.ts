// `teu ps`: the containers that are there.
import { type ContainerSummary, summaries } from "../../engine/containers.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { FILTER_FLAGS, type FilterRules, rowFilter, wordRule } from "../format/filter.ts";
import { ago, goTime, span } from "../format/human-time.ts";
import { LIST_FLAGS, type ListShape, listOutput } from "../format/list-output.ts";
import { shortId } from "./short-id.ts";

const MOST_COMMAND = 32;

export default command({
  name: "ps",
  summary: "List containers",
  usage: "[flags]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Show those that have stopped, too" },
    ...FILTER_FLAGS,
    ...LIST_FLAGS,
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: [
    "teu ps -a --filter status=exited          those that have stopped",
    "teu ps --format '{{.ID}}: {{.Command}}'   a line each",
    "teu ps --format 'table {{.ID}}\\t{{.Status}}'",
  ],
  async run({ flags, context }) {
    const engine = engineOf(context);
    await (await import("../../engine/leftovers.ts")).sweepLeftovers(engine);
    const passes = rowFilter(flags.filter, FILTERS);
    const all = flags.all === true || flags.filter?.some((text) => /^\s*status\s*=/i.test(text)) === true; // as in docker
    context.out(await listOutput(summaries(engine, { all }).filter(passes), containerList(engine.runtime.now()), flags));
    return 0;
  },
});

/** docker's words for the states of a container. */
const STATES = ["created", "running", "paused", "exited", "dead"] as const;

const FILTERS: FilterRules<ContainerSummary> = {
  id: { matches: ({ id }, value) => id.startsWith(value) },
  name: { matches: ({ id }, value) => id.includes(value) },
  status: wordRule(STATES, stateOf),
};

function containerList(now: Date): ListShape<ContainerSummary> {
  return {
    typeName: "*formatter.ContainerContext",
    id: "ID",
    columns: [
      { name: "ID", header: "CONTAINER ID", value: ({ id }, { whole }) => (whole ? id : shortId(id)) },
      { name: "Command", header: "COMMAND", value: (container, { whole }) => commandText(container.command, whole) },
      { name: "RunningFor", header: "CREATED", value: ({ created }) => ago(created, now) },
      { name: "CreatedAt", header: "CREATED AT", hidden: true, value: ({ created }) => goTime(created) },
      { name: "Status", header: "STATUS", value: (container) => statusText(container, now) },
      { name: "State", header: "STATE", hidden: true, value: stateOf },
      { name: "Names", header: "NAMES", hidden: true, value: ({ id }) => shortId(id) },
    ],
  };
}

export function commandText(args: readonly string[], whole: boolean): string {
  const text = args.join(" ").replaceAll(/\p{Cc}/gu, " "); // a program's arguments may hold what moves a terminal's cursor
  return JSON.stringify(whole || text.length <= MOST_COMMAND ? text : `${text.slice(0, MOST_COMMAND - 1)}…`);
}

function stateOf({ status, exit }: ContainerSummary): (typeof STATES)[number] {
  switch (status.status) {
    case "stopped":
      return exit === undefined ? "dead" : "exited";
    case "running":
    case "paused":
      return status.status;
    default:
      return "created";
  }
}

export function statusText(container: ContainerSummary, now: Date): string {
  const { exit, created } = container;
  switch (stateOf(container)) {
    case "dead":
      return "Dead";
    case "exited":
      return `Exited (${exit?.status})`;
    case "running":
      return `Up ${span(created, now)}`;
    case "paused":
      return `Up ${span(created, now)} (Paused)`;
    case "created":
      return "Created";
  }
}
