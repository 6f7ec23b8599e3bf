// JSON that is not ours: plugins' own fields and their results are handed on as they are, with every digit of large integers.
import type { Shape } from "../../spec/json/shape.ts";
import type { Trail } from "../../spec/json/trail.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any configuration or result; what is nested further is refused before it costs a stack. */
const MOST_DEPTH = 64;

/** An object with whatever is in it. */
export const jsonObject: Shape<JsonObject> = (value, trail) => {
  if (!isJsonObject(value)) return trail.refuse("must be an object");
  return look(value, trail, 0) ? value : trail.refuse("is nested too deeply");
};

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Notes integers that were not read exactly, and finds what is nested too deeply. */
function look(value: unknown, trail: Trail, depth: number): boolean {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) trail.inexact = true;
  if (typeof value !== "object" || value === null) return true;
  return depth < MOST_DEPTH && Object.values(value).every((member) => look(member, trail, depth + 1));
}
