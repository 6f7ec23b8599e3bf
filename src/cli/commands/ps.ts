// `teu ps`: the containers that are there.
import { type ContainerView, listViews, type ViewStatus } from "../../engine/containers/view.ts";
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
    await (await import("../../engine/containers/recover.ts")).recover(engine, { runs: true });
    const passes = rowFilter(flags.filter, FILTERS);
    const all = flags.all === true || flags.filter?.some((text) => /^\s*status\s*=/i.test(text)) === true; // as in docker
    const shown = listViews(engine).filter((view) => all || RUNNING.has(view.status));
    context.out(await listOutput(shown.filter(passes), containerList(engine.runtime.now()), flags));
    return 0;
  },
});

const RUNNING: ReadonlySet<ViewStatus> = new Set(["running", "paused", "restarting"]);

/** docker's words for the states of a container. */
const STATES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"] as const;

const FILTERS: FilterRules<ContainerView> = {
  id: { matches: ({ row }, value) => row.id.startsWith(value) },
  name: { matches: ({ row }, value) => row.name.includes(value) },
  status: wordRule(STATES, ({ status }) => status),
};

function containerList(now: Date): ListShape<ContainerView> {
  return {
    typeName: "*formatter.ContainerContext",
    id: "ID",
    columns: [
      { name: "ID", header: "CONTAINER ID", value: ({ row: { id } }, { whole }) => (whole ? id : shortId(id)) },
      { name: "Image", header: "IMAGE", value: imageText },
      { name: "Command", header: "COMMAND", value: ({ row }, { whole }) => commandText(row.document.options.args, whole) },
      { name: "RunningFor", header: "CREATED", value: ({ row }) => ago(row.document.created, now) },
      { name: "CreatedAt", header: "CREATED AT", hidden: true, value: ({ row }) => goTime(row.document.created) },
      { name: "Status", header: "STATUS", value: (container) => statusText(container, now) },
      { name: "State", header: "STATE", hidden: true, value: ({ status }) => status },
      { name: "Names", header: "NAMES", value: ({ row }) => row.name },
    ],
  };
}

export function commandText(args: readonly string[], whole: boolean): string {
  const text = args.join(" ").replaceAll(/\p{Cc}/gu, " "); // a program's arguments may hold what moves a terminal's cursor
  return JSON.stringify(whole || text.length <= MOST_COMMAND ? text : `${text.slice(0, MOST_COMMAND - 1)}…`);
}

/** The name that was asked for; of a container of a directory that. */
export function imageText({ row: { document } }: ContainerView): string {
  return document.root.kind === "image" ? document.root.name : document.root.path;
}

export function statusText({ row, status }: ContainerView, now: Date): string {
  const since = (time = row.created) => new Date(time).toISOString();
  switch (status) {
    case "exited":
      return `Exited (${row.exitCode ?? 0}) ${ago(since(row.finished), now)}`;
    case "running":
      return `Up ${span(since(row.started), now)}`;
    case "paused":
      return `Up ${span(since(row.started), now)} (Paused)`;
    case "restarting":
      return `Restarting (${row.exitCode ?? 0}) ${ago(since(row.finished), now)}`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "created":
      return "Created";
  }
}
