// Times that people give to `--filter until=…`, `--since`: docker's forms. A Go duration counts back from now; RFC 3339 may end early and
// is then local time; a plain number is seconds since 1970.
import { InvalidInputError } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";

const UNIX = /^\d{1,11}(?:\.\d{1,9})?$/;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * The moment that is meant.
 * @throws InvalidInputError naming `field` for anything else, and for days that no month has.
 */
export function parseTimestamp(text: string, now: Date, field = "time"): Date {
  if (UNIX.test(text)) return new Date(Number(text) * 1000);
  const [, day, hour = "00", minute = "00", second = "00", zone = ""] = DATE.exec(text) ?? [];
  if (day !== undefined) {
    const moment = new Date(`${day}T${hour}:${minute}:${second}${zone}`);
    if (Number.isNaN(moment.getTime()) || !isDay(day)) throw refused(text, field);
    return moment;
  }
  const moment = new Date(now.getTime() - durationOf(text));
  if (Number.isNaN(moment.getTime())) throw refused(text, field);
  return moment;
}

/** Milliseconds; NaN for what is no duration. */
function durationOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return Number.NaN;
  }
}

/** Date would take the 31st of February for the 3rd of March. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function refused(text: string, field: string): InvalidInputError {
  const message = `${JSON.stringify(text.slice(0, 64))} is not a time: 24h, 2026-01-31T15:04:05Z, 2026-01-31 or seconds since 1970`;
  return new InvalidInputError("the time", [{ field, message }]);
}
