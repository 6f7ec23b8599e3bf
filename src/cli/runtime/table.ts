// Tables as runc prints them, which scripts cut by columns: at least twelve wide, three spaces apart.

const LEAST_WIDTH = 12;
const GAP = 3;

/** Rows below a heading; every row has as many cells as the heading. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(LEAST_WIDTH, ...all.map((row) => (row[column] ?? "").length + GAP)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("")
      .concat("\n");
  return all.map(line).join("");
}
