// How long a server asks to be left alone: Retry-After, in seconds or as a date (RFC 9110 §10.2.3).

/** The three forms of an HTTP date (§5.6.7): the fixed one, and RFC 850's and asctime's, which receivers must take. */
const DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/** asctime has no zone and is GMT; Date would take it for local time. */
const withZone = (date: string) => (date.endsWith("GMT") ? date : `${date} GMT`);

/**
 * Milliseconds to wait from `now` (milliseconds since the epoch), at least 0; undefined when the field says nothing. How long is too long
 * is the caller's to say.
 */
export function parseRetryAfter(field: string | null | undefined, now: number): number | undefined {
  const text = field?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  if (!DATES.some((form) => form.test(text))) return undefined;
  const then = Date.parse(withZone(text));
  return Number.isNaN(then) ? undefined : Math.max(0, then - now);
}
