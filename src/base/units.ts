// Sizes and durations as people write them on the command line: dockerd's rules (go-units, Go's time.ParseDuration), so that
// scripts keep theirs.
import { InvalidInputError } from "./errors.ts";

const SIZE = /^(\d+(?:\.\d+)?)\s?([kmgtp]?)(?:i?b)?$/i;

/** Binary multiples, whatever the spelling: `64m` is 64 MiB. */
const SIZE_EXPONENTS: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Bytes of `64m`, `1g`, `1.5GiB`, `4096`, `10kb`.
 * @throws InvalidInputError for anything else, and for more than 2^53-1 bytes.
 */
export function parseSize(text: string, field = "size"): number {
  const [, number = "", unit = ""] = SIZE.exec(text) ?? refuse(text, field, "must be a size such as 512m or 1g");
  const bytes = Math.floor(Number(number) * 1024 ** (SIZE_EXPONENTS[unit.toLowerCase()] ?? 0));
  return Number.isSafeInteger(bytes) ? bytes : refuse(text, field, "is too large");
}

const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/y;

/** Milliseconds of each unit. */
const DURATION_UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of `1h30m`, `1.5s`, `500ms`, and of a plain number of seconds, which docker's older flags take.
 * @throws InvalidInputError for anything else, negative ones included.
 */
export function parseDuration(text: string, field = "duration"): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  let sum = 0;
  let at = 0;
  while (at < text.length) {
    DURATION_PART.lastIndex = at;
    const [part, number, unit = ""] = DURATION_PART.exec(text) ?? refuse(text, field, "must be a duration such as 1m30s or 500ms");
    sum += Number(number) * (DURATION_UNITS[unit] ?? 0);
    at += part.length;
  }
  return text === "" ? refuse(text, field, "must not be empty") : sum;
}

function refuse(text: string, field: string, message: string): never {
  throw new InvalidInputError(JSON.stringify(text.slice(0, 64)), [{ field, message }]);
}
