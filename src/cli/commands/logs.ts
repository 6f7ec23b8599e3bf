// `teu logs`: what containers have said.
import { TeuError } from "../../base/errors.ts";
import type { ReadOptions } from "../../containers/logs/read.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { findContainer } from "../../engine/containers/find.ts";
import type { Engine } from "../../engine/engine.ts";
import { whileRead } from "../byte-output.ts";
import { command, type FlagValues, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import type { Flags } from "../parse-words.ts";
import { shortId } from "./short-id.ts";

const FLAGS = {
  details: { type: "boolean", summary: "Show the attributes that --log-opt gave to lines" },
  follow: { type: "boolean", short: "f", summary: "Go on with what comes, until the container ends" },
  names: { type: "boolean", summary: "Of several containers: begin lines with names, not with ids" },
  since: { type: "string", value: "TIME", summary: "Lines since a time (2026-01-31T15:04:05Z, seconds since 1970) or the last 42m" },
  tail: { type: "string", short: "n", value: "N", summary: "Only the last lines (all)" },
  timestamps: { type: "boolean", short: "t", summary: "Begin lines with their times" },
  until: { type: "string", value: "TIME", summary: "Lines before a time" },
} as const satisfies Flags;

export default command({
  name: "logs",
  summary: "Show what containers have written to their output",
  usage: "[flags] CONTAINER…",
  flags: FLAGS,
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "containers" },
  failed: 1,
  examples: [
    "teu logs -f --tail 10 web            the last lines, and what comes",
    "teu logs --since 1h -t web db         of two, with times",
  ],
  async run({ flags, args, context }) {
    const engine = engineOf(context);
    const options = await readOptions(flags, engine.runtime.now());
    const rows = args.map((text) => findContainer(engine, text));
    for (const row of rows) checkReadable(row);
    (await import("../../base/jit.ts")).expectLongWork();
    const show = (row: ContainerRow) => showLog(engine, row, { flags, options, several: rows.length > 1 });
    if (options.follow === true) await Promise.all(rows.map(show));
    else for (const row of rows) await show(row);
    return 0;
  },
});

interface ShowOptions {
  readonly flags: FlagValues<typeof FLAGS>;
  readonly options: ReadOptions;
  readonly several: boolean;
}

async function readOptions({ since, until, tail, follow }: FlagValues<typeof FLAGS>, now: Date): Promise<ReadOptions> {
  const { parseTimestamp } = await import("../format/timestamps.ts");
  return {
    ...(since === undefined || since === "" ? {} : { since: parseTimestamp(since, now, "--since").getTime() }),
    ...(until === undefined || until === "" ? {} : { until: parseTimestamp(until, now, "--until").getTime() }),
    ...tailOf(tail),
    follow: follow === true,
  };
}

/** A number below 0 is all, too, as in docker. */
function tailOf(text: string | undefined): Pick<ReadOptions, "tail"> {
  if (text === undefined || text === "all" || text === "") return {};
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new UsageError(`--tail: ${JSON.stringify(text)} is neither a number nor all`);
  return Number(text) < 0 ? {} : { tail: Number(text) };
}

/** @throws TeuError `unsupported` */
function checkReadable({ id, name, document: { log } }: ContainerRow): void {
  const problem = `read the logs of container ${name}: configured logging driver does not support reading`;
  if (log.driver === "none") throw new TeuError("unsupported", `${problem}: it is none`);
  if (log.driver === "journald")
    throw new TeuError("unsupported", `${problem}: it is journald, which shows them with: journalctl CONTAINER_ID_FULL=${id}`);
}

async function showLog(engine: Engine, row: ContainerRow, { flags, options, several }: ShowOptions): Promise<void> {
  const [{ readLogBatches }, { LogPrinter }, { containerPaths }] = await Promise.all([
    import("../../containers/logs/read.ts"),
    import("../log-printer.ts"),
    import("../../engine/containers/state/directory.ts"),
  ]);
  const printer = new LogPrinter({
    who: several ? `${flags.names === true ? row.name : shortId(row.id)} ` : "",
    times: flags.timestamps === true,
    details: flags.details === true,
  });
  const stop = new AbortController();
  const ended = options.follow === true ? endOf(engine, row, stop.signal) : undefined;
  try {
    const following = ended === undefined ? options : { ...options, ended };
    await whileRead(async () => {
      for await (const batch of readLogBatches(containerPaths(engine.root, row.id).log, following)) await printer.print(batch);
    });
  } finally {
    stop.abort();
  }
}

/** A container that does not run has ended; what it said last is in the log by then. */
async function endOf(engine: Engine, { id }: ContainerRow, signal: AbortSignal): Promise<void> {
  const { untilEnded } = await import("../../engine/containers/life/until-ended.ts");
  await untilEnded(engine, id, { signal });
}
