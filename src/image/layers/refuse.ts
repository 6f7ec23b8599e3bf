// Refusals of layers: one sentence that names the entry and what is wrong with it.
import { type ByteString, toText } from "../../base/byte-string.ts";
import { InvalidInputError } from "../../base/errors.ts";

/** Longest piece of a hostile name that a message repeats. */
const SHOWN = 200;

/** A name for messages: quoted, cut, its control characters escaped. */
export function shown(name: ByteString): string {
  const text = toText(name);
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

/** @throws InvalidInputError always. */
export function refuse(field: string, message: string): never {
  throw new InvalidInputError("the layer", [{ field, message }]);
}
