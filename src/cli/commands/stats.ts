// `teu stats`: what containers use, as a table that updates in place.
import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "../../containers/stats/usage.ts";
import { findContainer } from "../../engine/containers/find.ts";
import { type ContainerStats, StatsWatch } from "../../engine/containers/show/stats.ts";
import { whileRead, writeOutput } from "../byte-output.ts";
import { type CliContext, command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { binarySize, decimalSize } from "../format/human-size.ts";
import { FORMAT_FLAGS, type ListShape, listOutput } from "../format/list-output.ts";
import { redraw, type Screen } from "../progress/screen.ts";
import { isTerminal, windowSize } from "../terminal/tty.ts";
import { shortId } from "./short-id.ts";

const STDOUT = 1;
/** docker's time between two looks. */
const INTERVAL_MS = 1000;

export default command({
  name: "stats",
  summary: "Show what containers use, as it goes on",
  usage: "[flags] [CONTAINER…]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Show those that do not run, too" },
    ...FORMAT_FLAGS,
    "no-stream": { type: "boolean", summary: "Show one moment, and end" },
    "no-trunc": { type: "boolean", summary: "Show ids whole" },
  },
  args: { min: 0, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: [
    "teu stats --no-stream                             all that run, once",
    "teu stats --format '{{.Name}}: {{.CPUPerc}}' web  a line for each look",
  ],
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    const ids = args.map((name) => findContainer(engine, name).id);
    const watch = new StatsWatch(engine, ids.length > 0 ? { ids } : { stopped: flags.all === true });
    const named = new Map(ids.map((id, index) => [id, args[index] ?? id]));
    const text = async (rows: readonly ContainerStats[]) => listOutput(rows, shapeOf(named), flags);
    const first = watch.next(); // the share of a CPU is that of a time, which begins here
    if (flags["no-stream"] === true) {
      if (first.length > 0) await sleep(INTERVAL_MS);
      context.out(await text(watch.next()));
      return 0;
    }
    const show = shower(context);
    await whileRead(async () => {
      for (let rows = first; ; rows = watch.next()) {
        await show(await text(rows));
        await sleep(INTERVAL_MS);
      }
    });
    return 0;
  },
});

/** On a terminal each text takes the place of the one before; elsewhere they follow each other. */
function shower(context: CliContext): (text: string) => Promise<void> {
  if (!isTerminal(STDOUT)) return (text) => writeOutput(Buffer.from(text));
  let shown: Screen = { lines: [], width: 0 };
  return async (text) => {
    const window = windowSize(STDOUT) ?? { width: 80, height: 24 };
    const lines = text
      .split("\n")
      .slice(0, -1)
      .slice(0, Math.max(1, window.height - 1))
      .map((line) => line.slice(0, window.width));
    context.out(redraw(shown, [], lines, window));
    shown = { lines, width: window.width };
  };
}

/** @param named what the caller called a container, by its id */
function shapeOf(named: ReadonlyMap<string, string>): ListShape<ContainerStats> {
  return {
    typeName: "*container.statsContext",
    id: "ID",
    columns: [
      { name: "Container", header: "CONTAINER", hidden: true, value: ({ row }) => named.get(row.id) ?? shortId(row.id) },
      { name: "ID", header: "CONTAINER ID", value: ({ row }, { whole }) => (whole ? row.id : shortId(row.id)) },
      { name: "Name", header: "NAME", value: ({ row }) => row.name },
      { name: "CPUPerc", header: "CPU %", value: ({ usage }) => percent(usage.cpuPercent) },
      { name: "MemUsage", header: "MEM USAGE / LIMIT", value: ({ usage }) => pair(binarySize, usage.memory, usage.memoryLimit) },
      { name: "MemPerc", header: "MEM %", value: ({ usage }) => percent(usage.memoryPercent) },
      { name: "NetIO", header: "NET I/O", value: ({ usage }) => pair(decimalSize, usage.received, usage.sent) },
      { name: "BlockIO", header: "BLOCK I/O", value: ({ usage }) => pair(decimalSize, usage.read, usage.written) },
      { name: "PIDs", header: "PIDS", value: ({ usage }: { readonly usage: Usage }) => String(usage.pids) },
    ],
  };
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}

function pair(size: (bytes: number) => string, a: number, b: number): string {
  return `${size(a)} / ${size(b)}`;
}
