// What every `inspect` does: looks names up, prints what is there in docker's JSON or through a template, and tells of what is not.
import { TeuError } from "../../base/errors.ts";
import type { CliContext } from "../command.ts";
import { inspectOutput } from "../format/inspect-output.ts";
import { toJson } from "../format/template/functions.ts";
import type { Value } from "../format/template/values.ts";

export interface FoundObject {
  readonly plain: Value;
  /** With docker's fields that say nothing of this object: a template may ask for them. */
  readonly whole: Value;
}

export interface Finder {
  /** @returns undefined where nothing has the name */
  find(name: string): Promise<FoundObject | undefined> | FoundObject | undefined;
}

export interface ShowOptions {
  readonly format: string | undefined;
  /** Asked in this order; the first that knows a name has it. */
  readonly finders: readonly Finder[];
  /** What is said of a name that nobody knows. */
  missing(name: string): string;
}

/** Prints those that are there; what is not is told after them, and the exit status is 1, as in docker. */
export async function showObjects(context: CliContext, names: readonly string[], options: ShowOptions): Promise<number> {
  const { format, finders, missing } = options;
  const found: FoundObject[] = [];
  const problems: string[] = [];
  for (const name of names) {
    try {
      const object = await firstOf(finders, name);
      if (object === undefined) problems.push(missing(name));
      else found.push(object);
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push(error.message);
    }
  }
  const isTemplate = format !== undefined && format !== "" && format !== "json";
  const shown = found.map(({ plain, whole }) => (isTemplate ? whole : plain));
  // docker's: all of them in one line, where templates have a line each.
  context.out(format === "json" ? `${toJson(shown)}\n` : inspectOutput(shown, format));
  for (const problem of problems) context.err(`teu: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

async function firstOf(finders: readonly Finder[], name: string): Promise<FoundObject | undefined> {
  for (const finder of finders) {
    const object = await finder.find(name);
    if (object !== undefined) return object;
  }
  return undefined;
}
