// A line of comma-separated values (RFC 4180), as docker reads `--mount` and `--gpus`: a field in double quotes may hold commas, and its quotes twice.
import { refusal } from "./mount-values.ts";

const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

/** @throws InvalidInputError for a quote that is not closed, or stands within a field */
export function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(line);
    if (found === null) throw refusal(line, `a double quote stands where none may, after ${JSON.stringify(line.slice(0, at))}`);
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    at = FIELD.lastIndex;
    if (found[3] !== ",") return fields;
  }
}
