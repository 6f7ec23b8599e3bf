// Rows through a Go template, as docker's --format: one line a row, a table of the template's fields, or JSON.
import { UsageError } from "../flag-values.ts";
import { harmless } from "./harmless.ts";
import { alignColumns } from "./table.ts";
import { type FunctionTable, toJson } from "./template/functions.ts";
import { parseTemplate, type Structure, TemplateError, type Value } from "./template/template.ts";

/**
 * The text of a list. `headings` is a row that has the columns' headings as its values.
 * @throws UsageError for a template that is wrong or asks for what a row does not have
 */
export function templateRows(rows: readonly Structure[], headings: Structure, format: string): string {
  if (format === "json") return rows.map((row) => `${toJson(row)}\n`).join("");
  return inTermsOfFlag(() => {
    if (/^table\s/.test(format)) return templateTable(rows, headings, unescaped(format.slice("table".length)));
    const template = parseTemplate(unescaped(format));
    return rows.map((row) => `${template(row)}\n`).join("");
  });
}

/** `table {{.ID}}\t{{.Status}}`: the heading is the same template, of the columns' headings. */
function templateTable(rows: readonly Structure[], headings: Structure, source: string): string {
  const heading = parseTemplate(source, { functions: HEADING_FUNCTIONS })(headings);
  const template = parseTemplate(source);
  const outputs = [heading, ...rows.map(template)].flatMap((output) => output.split("\n"));
  return alignColumns(outputs.map((line) => line.split("\t").map(harmless)));
}

/** In a heading docker's functions leave their first argument as it is. */
const HEADING_FUNCTIONS: FunctionTable = Object.fromEntries(
  ["join", "json", "lower", "pad", "split", "title", "truncate", "upper"].map((name) => [
    name,
    { parameters: ["any"], rest: "any", call: ([heading]: readonly Value[]) => heading },
  ]),
);

/** A shell's quotes keep `\t` and `\n` as they are typed; docker means a tab and a new line by them. */
function unescaped(format: string): string {
  return format.trim().replaceAll("\\t", "\t").replaceAll("\\n", "\n");
}

/** @throws UsageError in docker's words, in place of a TemplateError */
export function inTermsOfFlag<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new UsageError(`template parsing error: ${error.message}`);
  }
}
