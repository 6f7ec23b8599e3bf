// `teu events`: what happens, and what has happened, in docker's lines.
import type { RecordedEvent } from "../../containers/events/event.ts";
import { EVENT_FILTERS, passesFilters } from "../../containers/events/filters.ts";
import { eventTime } from "../../containers/events/record.ts";
import { followEvents } from "../../engine/events/follow.ts";
import { whileRead, writeOutput } from "../byte-output.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { eventLine, eventStructure } from "../format/event.ts";
import { FILTER_FLAGS, parseFilters } from "../format/filter.ts";
import type { Template } from "../format/template/template.ts";
import { parseTimestamp } from "../format/timestamps.ts";

export default command({
  name: "events",
  summary: "Show what happens to containers, images, networks and volumes",
  usage: "[flags]",
  flags: {
    ...FILTER_FLAGS,
    format: { type: "string", value: "FORMAT", summary: "json or a Go template" },
    since: {
      type: "string",
      value: "TIME",
      summary: "Begin with what has happened since then: 10m, 2026-01-31T15:04:05Z, seconds since 1970",
    },
    until: { type: "string", value: "TIME", summary: "End then" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: [
    "teu events --since 1h --until 0s                              what has happened in the last hour",
    "teu events --filter event=die --format '{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'",
  ],
  async run({ flags, context }) {
    const engine = engineOf(context);
    const moment = (text: string | undefined, flag: string) =>
      text === undefined ? undefined : eventTime(parseTimestamp(text, engine.runtime.now(), `--${flag}`));
    const [since, until] = [moment(flags.since, "since"), moment(flags.until, "until")];
    const filters = parseFilters(flags.filter ?? [], EVENT_FILTERS);
    const text = await printer(flags.format);
    const range = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
    await whileRead(async () => {
      for await (const event of followEvents(engine, range))
        if (passesFilters(filters, event)) await writeOutput(Buffer.from(`${text(event)}\n`));
    });
    return 0;
  },
});

/** How an event is printed. @throws UsageError for a template that is wrong */
async function printer(format: string | undefined): Promise<(event: RecordedEvent) => string> {
  if (format === undefined || format === "") return eventLine;
  const { inTermsOfFlag } = await import("../format/template-rows.ts");
  const { toJson } = await import("../format/template/functions.ts");
  if (format === "json") return (event) => toJson(eventStructure(event));
  const { parseTemplate } = await import("../format/template/template.ts");
  const template: Template = inTermsOfFlag(() => parseTemplate(format));
  return (event) => inTermsOfFlag(() => template(eventStructure(event)));
}
