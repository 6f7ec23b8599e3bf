// What every command that lists prints: rows by a table of columns, under --format, --quiet and --no-trunc as docker has them.
import type { FlagValues } from "../command.ts";
import type { Flags } from "../parse-words.ts";
import { harmless } from "./harmless.ts";
import { formatTable } from "./table.ts";
import { printValue } from "./template/print-value.ts";
import { Structure, type Value } from "./template/values.ts";

/** The flag of commands whose output a template may shape. */
export const FORMAT_FLAGS = {
  format: { type: "string", value: "FORMAT", summary: "table, json, table TEMPLATE or a Go template" },
} as const satisfies Flags;

/** Flags of every command that lists. */
export const LIST_FLAGS = {
  ...FORMAT_FLAGS,
  "no-trunc": { type: "boolean", summary: "Show ids and long texts whole" },
  quiet: { type: "boolean", short: "q", summary: "Show ids only" },
} as const satisfies Flags;

export interface ListOptions {
  /** `--no-trunc`. */
  readonly whole: boolean;
}

export interface Column<Row> {
  /** The field of templates and JSON: `ID`. */
  readonly name: string;
  /** The heading of tables: `CONTAINER ID`. */
  readonly header: string;
  /** Only for those who ask for it by name. */
  readonly hidden?: boolean;
  value(row: Row, options: ListOptions): Value;
}

export interface ListShape<Row> {
  /** What an error calls a row; docker's name, because people search for it. */
  readonly typeName: string;
  readonly columns: readonly Column<Row>[];
  /** The column that --quiet shows. */
  readonly id: string;
  /** What templates may ask of a row with a text: `.Label "x"`. */
  readonly methods?: Readonly<Record<string, RowMethod<Row>>>;
}

export interface RowMethod<Row> {
  value(row: Row, argument: string): Value;
  /** What stands above it in a table. */
  heading(argument: string): string;
}

/**
 * The text of a list.
 * @throws UsageError for a template that is wrong or asks for what a row does not have.
 */
export async function listOutput<Row>(rows: readonly Row[], shape: ListShape<Row>, flags: FlagValues<typeof LIST_FLAGS>): Promise<string> {
  const options: ListOptions = { whole: flags["no-trunc"] === true };
  const format = (flags.format ?? "").trim();
  const cells = (columns: readonly Column<Row>[]) =>
    rows.map((row) => columns.map((column) => printValue(column.value(row, options) ?? "")));
  if (format === "" || format === "table") {
    if (flags.quiet === true) return lines(cells(shape.columns.filter(({ name }) => name === shape.id)).map(([id = ""]) => harmless(id)));
    const shown = shape.columns.filter(({ hidden }) => hidden !== true);
    return formatTable(
      shown.map(({ header }) => header),
      cells(shown),
    );
  }
  const records = rows.map((row) => recordOf(row, shape, options));
  const { templateRows } = await import("./template-rows.ts"); // only who asks for a template waits for its parser
  const headings = new Map(shape.columns.map(({ name, header }) => [name, () => header]));
  return templateRows(records, new Structure(shape.typeName, headings, methodsOf(shape, "heading")), format);
}

/** Methods of a row, or of the heading over the rows. */
function methodsOf<Row>({ methods = {} }: ListShape<Row>, of: { readonly row: Row } | "heading") {
  const bound = ({ value, heading }: RowMethod<Row>) => (of === "heading" ? heading : (argument: string) => value(of.row, argument));
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, bound(method)]));
}

/** A row as templates see it; fields in the order of their names, as docker's JSON has them. */
function recordOf<Row>(row: Row, shape: ListShape<Row>, options: ListOptions): Structure {
  const sorted = shape.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const fields = new Map(sorted.map((column) => [column.name, () => column.value(row, options)]));
  return new Structure(shape.typeName, fields, methodsOf(shape, { row }));
}

/** A line each. */
export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
