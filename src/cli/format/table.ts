// Columns as Go's text/tabwriter lays them out for docker and runc, which scripts cut by columns: a least width, three spaces apart,
// nothing behind the last. Widths are those of a terminal: wide characters take two columns.
import { harmless } from "./harmless.ts";

/** Least widths of columns, space between them included: docker's and runc's. */
export const LEAST_WIDTH = { docker: 10, runc: 12, dockerTop: 20 } as const;
const GAP = 3;

/** Rows below a heading. Control characters of cells are made harmless. */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  leastWidth: number = LEAST_WIDTH.docker,
): string {
  return alignColumns(
    [heading, ...rows].map((row) => row.map(harmless)),
    leastWidth,
  );
}

/** Lines of cells, aligned; a cell that ends its line is not part of a column. */
export function alignColumns(lines: readonly (readonly string[])[], leastWidth: number = LEAST_WIDTH.docker): string {
  const widths: number[] = [];
  for (const cells of lines)
    for (const [column, cell] of cells.slice(0, -1).entries())
      widths[column] = Math.max(widths[column] ?? leastWidth, Bun.stringWidth(cell) + GAP);
  const pad = (cell: string, width: number) => cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
  return lines
    .map((cells) => `${cells.map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("")}\n`)
    .join("");
}
