// What every `inspect` prints: a JSON array, or a Go template on each object, as docker has it.
import { toJson } from "./template/functions.ts";
import { parseTemplate, type Value } from "./template/template.ts";
import { inTermsOfFlag } from "./template-rows.ts";

const INDENT = 4;

/**
 * The text of inspected objects; a key that an object does not have is an error.
 * @throws UsageError for a template that is wrong or asks for what is not there.
 */
export function inspectOutput(objects: readonly Value[], format: string | undefined): string {
  if (format === undefined || format === "") return `${JSON.stringify(JSON.parse(toJson(objects)), null, INDENT)}\n`;
  if (format === "json") return objects.map((object) => `${toJson(object)}\n`).join("");
  return inTermsOfFlag(() => {
    const template = parseTemplate(format, { missingKey: "error" });
    return objects.map((object) => `${template(object)}\n`).join("");
  });
}
