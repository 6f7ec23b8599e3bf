// What all prunes share: flags, filters, the question before something is removed and the report after it, in docker's words.
import type { ConfigFilter, LabelCondition } from "../../image/store/prune.ts";
import type { CliContext } from "../command.ts";
import { parseFilters } from "../format/filter.ts";
import { decimalSize } from "../format/human-size.ts";
import { parseTimestamp } from "../format/timestamps.ts";
import type { Flags } from "../parse-words.ts";
import { ask } from "../terminal/ask.ts";

export const PRUNE_FLAGS = {
  all: { type: "boolean", short: "a", summary: "All images that no container uses, not only those without a name" },
  filter: {
    type: "string",
    multiple: true,
    value: "KEY=VALUE",
    summary: "Only what fits: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]",
  },
  force: { type: "boolean", short: "f", summary: "Do not ask" },
} as const satisfies Flags;

/** Whether a person agrees; an input that ends without an answer does not. */
export function confirm(warning: string, context: CliContext): boolean {
  // docker asks on standard output
  const answer = ask(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `, { ...context, err: context.out });
  return answer.trim().toLowerCase() === "y";
}

/** A paragraph of what went; empty where nothing did. */
export function deletedParagraph(what: "Containers" | "Images" | "Networks" | "Volumes", lines: readonly string[]): string {
  return lines.length === 0 ? "" : `Deleted ${what}:\n${lines.join("\n")}\n\n`;
}

/** The last line. */
export function reclaimedLine(bytes: number): string {
  return `Total reclaimed space: ${decimalSize(bytes, 4)}\n`;
}

/** docker's filters of prunes; `more` are keys of the command's own. @throws UsageError, InvalidInputError */
export function pruneFilter(texts: readonly string[] | undefined, now: Date): ConfigFilter {
  const filters = parseFilters(texts ?? [], ["until", "label", "label!"]);
  const times = (filters.get("until") ?? []).map((text) => parseTimestamp(text, now, "--filter until").getTime());
  const labels = [
    ...(filters.get("label") ?? []).map((text) => labelCondition(text, false)),
    ...(filters.get("label!") ?? []).map((text) => labelCondition(text, true)),
  ];
  return { ...(times.length === 0 ? {} : { until: Math.min(...times) }), labels };
}

function labelCondition(text: string, negated: boolean): LabelCondition {
  const equals = text.indexOf("=");
  return equals < 0 ? { key: text, negated } : { key: text.slice(0, equals), value: text.slice(equals + 1), negated };
}
