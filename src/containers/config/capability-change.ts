// --cap-add and --cap-drop: names with or without CAP_, in any case, and `ALL`.
import { InvalidInputError } from "../../base/errors.ts";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";

/**
 * The capabilities that are left: first those dropped go, then those added come (docker's order: `--cap-drop ALL --cap-add X` leaves X).
 * @throws InvalidInputError for names that are no capability
 */
export function capabilityChange(
  defaults: readonly string[],
  change: { readonly add: readonly string[]; readonly drop: readonly string[] },
): string[] {
  const drop = change.drop.map((name) => capabilityName(name, "--cap-drop"));
  const add = change.add.map((name) => capabilityName(name, "--cap-add"));
  const all = [...CAPABILITY_NAMES];
  const kept = add.includes("ALL") ? all : defaults;
  const left = drop.includes("ALL") ? [] : kept.filter((name) => !drop.includes(name));
  return [...new Set([...left, ...add.filter((name) => name !== "ALL")])];
}

function capabilityName(text: string, flag: string): string {
  const upper = text.toUpperCase();
  if (upper === "ALL") return upper;
  const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!(CAPABILITY_NAMES as readonly string[]).includes(name))
    throw new InvalidInputError("the command line", [{ field: flag, message: `${JSON.stringify(text)} is no capability` }]);
  return name;
}
