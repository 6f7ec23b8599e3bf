// D-Bus type signatures and values (D-Bus Specification, "Type System" and "Marshaling").

/** A value with its type. */
export interface Variant {
  /** One complete type. */
  readonly signature: string;
  readonly value: DBusValue;
}

/**
 * What a D-Bus value is here: arrays and structs are arrays, dictionaries arrays of [key, value]. 64-bit integers may
 * come as decimal text (from JSON) and are always returned as bigints.
 */
export type DBusValue = boolean | number | bigint | string | Uint8Array | Variant | readonly DBusValue[];

/** Alignment of each type, by the first letter of its signature. */
// biome-ignore format: table
export const ALIGNMENT: Readonly<Record<string, number>> = {
  y: 1, b: 4, n: 2, q: 2, i: 4, u: 4, x: 8, t: 8, d: 8, s: 4, o: 4, g: 1, v: 1, a: 4, "(": 8, "{": 8, h: 4,
};

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "{": "}" };

/**
 * The complete types of a signature, in order: `sa(sv)u` is `s`, `a(sv)`, `u`.
 * @throws RangeError for a signature that is not well-formed
 */
export function completeTypes(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** The types inside of a struct or dictionary entry. */
export function memberTypes(type: string): string[] {
  return completeTypes(type.slice(1, -1));
}

/** The specification's limit on nesting, which also bounds the recursion over what a peer sends. */
const DEEPEST = 64;

function endOfType(signature: string, at: number, depth: number): number {
  const letter = signature[at];
  if (letter === undefined || ALIGNMENT[letter] === undefined || depth > DEEPEST)
    throw new RangeError(`bad signature ${JSON.stringify(signature)}`);
  if (letter === "a") return endOfType(signature, at + 1, depth + 1);
  const closing = CLOSING[letter];
  if (closing === undefined) return at + 1;
  let end = at + 1;
  while (signature[end] !== closing) end = endOfType(signature, end, depth + 1);
  if (end === at + 1) throw new RangeError(`bad signature ${JSON.stringify(signature)}: an empty struct`);
  return end + 1;
}
