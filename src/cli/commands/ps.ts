// `teu ps`: the containers that are there.
import { type ContainerSummary, summaries } from "../../engine/containers.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { formatTable } from "../runtime/table.ts";
import { ago, span } from "./ago.ts";
import { shortId } from "./short-id.ts";

const MOST_COMMAND = 32;

export default command({
  name: "ps",
  summary: "List containers",
  usage: "[flags]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Show those that have stopped, too" },
    "no-trunc": { type: "boolean", summary: "Show ids and commands whole" },
    quiet: { type: "boolean", short: "q", summary: "Show ids only" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  async run({ flags, context }) {
    const engine = engineOf(context);
    await (await import("../../engine/leftovers.ts")).sweepLeftovers(engine);
    const whole = flags["no-trunc"] === true;
    const containers = summaries(engine, { all: flags.all === true });
    const now = engine.runtime.now();
    const id = (container: ContainerSummary) => (whole ? container.id : shortId(container.id));
    if (flags.quiet === true) context.out(containers.map((container) => `${id(container)}\n`).join(""));
    else {
      const rows = containers.map((container) => [
        id(container),
        commandText(container.command, whole),
        ago(container.created, now),
        statusText(container, now),
      ]);
      context.out(formatTable(["CONTAINER ID", "COMMAND", "CREATED", "STATUS"], rows));
    }
    return 0;
  },
});

function commandText(args: readonly string[], whole: boolean): string {
  const text = args.join(" ").replaceAll(/\p{Cc}/gu, " "); // a program's arguments may hold what moves a terminal's cursor
  return JSON.stringify(whole || text.length <= MOST_COMMAND ? text : `${text.slice(0, MOST_COMMAND - 1)}…`);
}

function statusText({ status, exit, created }: ContainerSummary, now: Date): string {
  switch (status.status) {
    case "stopped":
      return exit === undefined ? "Dead" : `Exited (${exit.status})`;
    case "running":
      return `Up ${span(created, now)}`;
    case "paused":
      return `Up ${span(created, now)} (Paused)`;
    default:
      return "Created";
  }
}
