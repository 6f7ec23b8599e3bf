// From bytes to a checked value. JSON.parse does the reading, because nothing written here could be as fast; a document is read
// a second time, with its integers kept exact, only when a shape met one of more than 53 bits. Nesting needs no bound of its
// own: JSON.parse keeps no stack, and shapes go only as deep as they are written.
import { InvalidInputError, type Problem } from "../../base/errors.ts";
import type { Shape } from "./shape.ts";
import { Trail } from "./trail.ts";

/** Far larger than any configuration seen (20 KB, with a seccomp profile), and small enough that nothing but brackets is read in a second. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** The longest integer of 64 bits, with its sign; longer ones are out of range for every shape and BigInt is slow on them. */
const LONGEST_INTEGER = 20;

export interface ReadResult<T> {
  readonly value: T;
  readonly warnings: readonly Problem[];
}

export interface ReadOptions<T> {
  /** What the document is, for the error sentence: `config.json`. */
  readonly subject: string;
  readonly shape: Shape<T>;
  /** Rules over the whole document, run after the shape; they must stand what a refused part leaves out. */
  readonly check?: (value: T, trail: Trail) => void;
}

/**
 * Reads JSON text, or its bytes, as `shape` says.
 * @throws InvalidInputError with every problem found, each with its field path (`mounts[3].destination`).
 */
export function readJson<T>(input: string | Uint8Array, options: ReadOptions<T>): ReadResult<T> {
  const whole = (message: string) => new InvalidInputError(options.subject, [{ field: "document", message }]);
  if (input.length > MOST_CHARACTERS) throw whole(`is larger than ${MOST_CHARACTERS / 1024 / 1024} MiB`);
  const text = typeof input === "string" ? input : decodeUtf8(input);
  if (text === undefined) throw whole("is not UTF-8");

  let { trail, value } = walk(text, options);
  if (trail.inexact) ({ trail, value } = walk(text, options, keepExact));
  if (value === undefined || trail.refusals > 0) throw new InvalidInputError(options.subject, trail.problems);
  return { value, warnings: trail.warnings };
}

function walk<T>(text: string, options: ReadOptions<T>, reviver?: typeof keepExact): { trail: Trail; value: T | undefined } {
  const trail = new Trail({ mayHoldNul: text.includes("\\u0000") });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, reviver);
  } catch (error) {
    if (error instanceof SyntaxError) trail.refuse(`is not JSON: ${error.message.replace(/^JSON Parse error: /, "")}`);
    else if (error instanceof RangeError) trail.refuse("is nested too deeply");
    else throw error;
    return { trail, value: undefined };
  }
  const value = options.shape(parsed, trail);
  if (value !== undefined) options.check?.(value, trail);
  return { trail, value };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reviver: an integer that a double cannot be trusted with becomes a bigint, from the digits as they were written. */
function keepExact(_key: string, value: unknown, context: { readonly source?: string } = {}): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context.source ?? "";
  return source.length <= LONGEST_INTEGER && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
