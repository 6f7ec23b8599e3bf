// Results as text: a table for each contest, a row for each contender, a column of ratios for each peer.
import type { Result, Row } from "./contest.ts";

const DIGITS = { ms: 2, KiB: 0 } as const;

/** Ratio of a row's median to another contender's; undefined when either was not measured. */
export function ratio(result: Result, row: Row, against: string): number | undefined {
  const peer = result.rows.find(({ name }) => name === against)?.summary;
  return row.summary === undefined || peer === undefined ? undefined : row.summary.median / peer.median;
}

function cells(result: Result, row: Row): string[] {
  if (row.summary === undefined) return [row.name, `missing: ${row.missing}`];
  const { median, p10, p90, samples } = row.summary;
  const ratios = result.against.map((name) => ratio(result, row, name));
  return [
    row.name,
    ...[median, p10, p90].map((value) => value.toFixed(DIGITS[result.unit])),
    `${samples}`,
    ...ratios.map((value) => (value === undefined ? "-" : `${value.toFixed(2)}×`)),
  ];
}

/** One contest as lines of text. */
export function table(result: Result): string {
  const head = ["", `median ${result.unit}`, "p10", "p90", "n", ...result.against.map((name) => `/ ${name}`)];
  const rows = [head, ...result.rows.map((row) => cells(result, row))];
  // a row without numbers must not widen a column
  const widths = head.map((_, column) =>
    Math.max(...rows.filter((row) => row.length === head.length).map((row) => row[column]?.length ?? 0)),
  );
  const nameWidth = Math.max(...rows.map((row) => row[0]?.length ?? 0));
  const lines = rows.map(([name = "", ...rest]) => {
    const numbers = rest.length === head.length - 1 ? rest.map((cell, index) => cell.padStart(widths[index + 1] ?? 0)) : rest;
    return `  ${name.padEnd(nameWidth)}  ${numbers.join("  ")}`.trimEnd();
  });
  return [result.title, ...lines].join("\n");
}
