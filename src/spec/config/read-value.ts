// Reads parts of teu's own configuration, which come as values (YAML, read by someone else). Unlike a specification's documents it has no
// fields but ours, so one that is not known is a mistake in writing and is said to be.
import { InvalidInputError } from "../../base/errors.ts";
import { isObject } from "../image/shapes.ts";
import { type Fields, object, type Shape } from "../json/shape.ts";
import { Trail } from "../json/trail.ts";

/** @throws InvalidInputError with every problem and its field. */
export function readValue<T>(value: unknown, options: { readonly subject: string; readonly shape: Shape<T> }): T {
  const trail = new Trail({ mayHoldNul: true });
  const found = options.shape(value, trail);
  if (found === undefined || trail.refusals > 0) throw new InvalidInputError(options.subject, trail.problems);
  return found;
}

/** An object with these fields and no others. */
export function closed<T extends object>(fields: Fields<T>): Shape<T> {
  const known = object<T>(fields);
  return (value, trail) => {
    for (const name of isObject(value) ? Object.keys(value) : []) {
      if (!Object.hasOwn(fields, name)) trail.refuse(`is no setting; there are ${Object.keys(fields).join(", ")}`, name);
    }
    return known(value, trail);
  };
}
