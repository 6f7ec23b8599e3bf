// Go templates (https://pkg.go.dev/text/template) as docker's --format takes them: parsed once, executed on each row.
import { execute } from "./evaluate.ts";
import { BUILTINS, DOCKER_FUNCTIONS, type FunctionTable } from "./functions.ts";
import { parseTrees } from "./parse.ts";
import type { Value } from "./values.ts";

export { TemplateError } from "./error.ts";
export { Float, Structure, type Value } from "./values.ts";

export interface TemplateOptions {
  /** What errors call it; docker's templates have none. */
  readonly name?: string;
  /** In place of docker's functions, or beside them. */
  readonly functions?: FunctionTable;
  /** What a map gives for a key that it does not have. `no value` when not given. */
  readonly missingKey?: "no value" | "error";
}

/** A parsed template: gives the text for some data. @throws TemplateError when the data do not fit. */
export type Template = (data: Value) => string;

/** @throws TemplateError in the words of Go's text/template */
export function parseTemplate(text: string, { name = "", functions = {}, missingKey = "no value" }: TemplateOptions = {}): Template {
  const table: FunctionTable = { ...BUILTINS, ...DOCKER_FUNCTIONS, ...functions };
  const source = { name, text };
  const trees = parseTrees(source, (word) => word === "and" || word === "or" || Object.hasOwn(table, word));
  return (data) => execute(source, trees, data, { functions: table, missingKey });
}
