// `teu-runtime events`.
import { statsEvent, watchEvents } from "../../kernel/state/events.ts";
import { UsageError } from "../command.ts";
import { verb } from "./verb.ts";

const DEFAULT_INTERVAL = "5s";

export default verb({
  name: "runtime events",
  summary: "Show what a container uses, and when it runs out of memory, as lines of JSON",
  usage: "[flags] ID",
  flags: {
    interval: { type: "string", value: "DURATION", summary: "Time between two statistics: 5s, 500ms, 1m30s" },
    stats: { type: "boolean", summary: "Show the statistics once" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    const emit = (event: string) => context.out(`${event}\n`);
    const intervalMs = parseDuration(flags.interval ?? DEFAULT_INTERVAL);
    if (flags.stats === true) {
      emit(statsEvent(runtime, id));
      return 0;
    }
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
    await watchEvents(runtime, id, { intervalMs, signal: stop.signal, emit });
    return 0;
  },
});

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as Go writes it: `1m30s`, `0.5s`. @throws UsageError for another text, or less than a millisecond */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new UsageError(`--interval: ${JSON.stringify(text)} is not a duration such as 5s or 500ms`);
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const total = [...parts].reduce((sum, [, number, unit = "s"]) => sum + Number(number) * (UNIT_MS[unit] ?? 0), 0);
  if (total < 1) throw new UsageError("--interval: must be at least 1ms");
  return total;
}
