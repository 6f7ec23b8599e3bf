// Shapes: what a value from outside must be. A shape takes an unknown value and gives back a fresh typed one, made of the known
// fields only, or notes what is wrong and gives `undefined`; it never throws, so that one walk finds every problem.
// Larger shapes are made of smaller ones; the types see to it that a shape names every field of its interface.
import type { Trail } from "./trail.ts";

/** `undefined` means refused: a problem was noted, and what the walk makes of the document is not to be used. */
export type Shape<T> = (value: unknown, trail: Trail) => T | undefined;

/** A field that may be absent. `null` counts as absent, as it does for the decoders that the callers of runtimes were written against. */
export interface OptionalField<T> {
  readonly optional: Shape<T>;
}

/** A shape for each field of T: `optional(…)` exactly for those that T may lack. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? OptionalField<NonNullable<T[K]>> : Shape<T[K]>;
};

/** What a value is, in JSON's words, for messages. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "bigint") return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function optional<T>(shape: Shape<T>): OptionalField<T> {
  return { optional: shape };
}

export const boolean: Shape<boolean> = (value, trail) =>
  typeof value === "boolean" ? value : trail.refuse(`must be true or false, not ${kindOf(value)}`);

/** Any string, a NUL included. */
export const anyString: Shape<string> = (value, trail) =>
  typeof value === "string" ? value : trail.refuse(`must be a string, not ${kindOf(value)}`);

/** A string that may be handed to the kernel, which ends strings at the first NUL. */
export const string: Shape<string> = (value, trail) => {
  if (typeof value !== "string") return trail.refuse(`must be a string, not ${kindOf(value)}`);
  return trail.mayHoldNul && value.includes("\0") ? trail.refuse("must not hold a NUL byte") : value;
};

/** One of a closed list of names. */
export function oneOf<const T extends string>(names: readonly T[]): Shape<T> {
  const texts: readonly string[] = names;
  return (value, trail) => {
    if (typeof value !== "string") return trail.refuse(`must be a string, not ${kindOf(value)}`);
    return names[texts.indexOf(value)] ?? trail.refuse(`${JSON.stringify(value)} is not one of ${names.join(", ")}`);
  };
}

/** A whole number from `min` to `max`, both within 2^53. */
export function integer(min: number, max: number): Shape<number> {
  return (value, trail) => {
    if (typeof value !== "bigint") {
      if (typeof value !== "number") return trail.refuse(`must be an integer, not ${kindOf(value)}`);
      if (!Number.isInteger(value)) return trail.refuse(`must be an integer, not ${value}`);
      if (value >= min && value <= max) return value;
    }
    return trail.refuse(`${value} is not from ${min} to ${max}`);
  };
}

/** A whole number of 64 bits: a bigint where a double would lose digits, a number otherwise. */
function wide(min: bigint, max: bigint): Shape<number | bigint> {
  const least = Number(min);
  return (value, trail) => {
    if (typeof value === "bigint") {
      if (value >= min && value <= max) return value;
    } else {
      if (typeof value !== "number") return trail.refuse(`must be an integer, not ${kindOf(value)}`);
      if (!Number.isSafeInteger(value)) {
        trail.inexact = true;
        return trail.refuse(`${value} is not an integer of 64 bits written in digits`);
      }
      if (value >= least) return value;
    }
    return trail.refuse(`${value} is not from ${min} to ${max}`);
  };
}

export const uint32 = integer(0, 0xffff_ffff);
export const int32 = integer(-0x8000_0000, 0x7fff_ffff);
export const int64 = wide(-(2n ** 63n), 2n ** 63n - 1n);
export const uint64 = wide(0n, 2n ** 64n - 1n);

export function array<T>(item: Shape<T>): Shape<T[]> {
  return (value, trail) => {
    if (!Array.isArray(value)) return trail.refuse(`must be an array, not ${kindOf(value)}`);
    const items: T[] = [];
    for (let index = 0; index < value.length; index++) {
      const before = trail.notes.length;
      const found = item(value[index], trail);
      if (trail.notes.length !== before) trail.under(index, before);
      if (found !== undefined) items.push(found);
    }
    return items;
  };
}

/**
 * An object used as a map; `key`, when given, says what is wrong with a name. The result has no prototype, so that `__proto__`
 * is a name like any other.
 */
export function record<T>(item: Shape<T>, key?: (name: string) => string | undefined): Shape<Record<string, T>> {
  return (value, trail) => {
    if (!isObject(value)) return trail.refuse(`must be an object, not ${kindOf(value)}`);
    const entries: Record<string, T> = Object.create(null);
    for (const name of Object.keys(value)) {
      const before = trail.notes.length;
      const wrong = key?.(name);
      const found = wrong === undefined ? item(value[name], trail) : trail.refuse(wrong);
      if (trail.notes.length !== before) trail.under(name, before);
      if (found !== undefined) entries[name] = found;
    }
    return entries;
  };
}

interface KnownField {
  readonly name: string;
  readonly shape: Shape<unknown>;
  readonly required: boolean;
}

function listFields(fields: Readonly<Record<string, Shape<unknown> | OptionalField<unknown>>>): KnownField[] {
  const known: KnownField[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const required = typeof field === "function";
    known.push({ name, shape: required ? field : field.optional, required });
  }
  return known;
}

/** An object with known fields; others are left out ("Extensibility": unknown properties MUST be ignored). */
export function object<T extends object>(fields: Fields<T>): Shape<T> {
  // Listed at the first use: a program loads every shape and meets few.
  let known: readonly KnownField[] | undefined;
  return (value, trail) => {
    if (!isObject(value)) return trail.refuse(`must be an object, not ${kindOf(value)}`);
    const made: Record<string, unknown> = {};
    known ??= listFields(fields);
    for (const { name, shape, required } of known) {
      const given = value[name];
      if (given === undefined || given === null) {
        if (required) trail.refuse("is required", name);
        continue;
      }
      const before = trail.notes.length;
      const found = shape(given, trail);
      if (trail.notes.length !== before) trail.under(name, before);
      if (found !== undefined) made[name] = found;
    }
    // Whole by construction, or else a problem is on the trail and nobody gets to see it.
    return made as T;
  };
}

/** A shape with a rule of its own, which sees only values that are sound so far; it notes what it finds on the trail. */
export function refined<T>(shape: Shape<T>, rule: (value: T, trail: Trail) => void): Shape<T> {
  return (value, trail) => {
    const before = trail.refusals;
    const found = shape(value, trail);
    if (found !== undefined && trail.refusals === before) rule(found, trail);
    return found;
  };
}

/** A shape whose value must pass a test; `message` is what to say of one that does not. */
export function where<T>(shape: Shape<T>, test: (value: T) => boolean, message: string): Shape<T> {
  return (value, trail) => {
    const before = trail.refusals;
    const found = shape(value, trail);
    if (found !== undefined && trail.refusals === before && !test(found)) return trail.refuse(message);
    return found;
  };
}
