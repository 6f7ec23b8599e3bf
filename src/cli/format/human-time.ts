// Times as people say them, in docker's words: "2 minutes", "About an hour ago".

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** docker counts in these up to the next one's double. */
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

// biome-ignore format: table
const UNITS: readonly { readonly below: number; readonly unit: number; readonly name: string }[] = [
  { below: MINUTE,     unit: 1,      name: "seconds" },
  { below: HOUR,       unit: MINUTE, name: "minutes" },
  { below: 2 * DAY,    unit: HOUR,   name: "hours" },
  { below: 2 * WEEK,   unit: DAY,    name: "days" },
  { below: 2 * MONTH,  unit: WEEK,   name: "weeks" },
  { below: 2 * YEAR,   unit: MONTH,  name: "months" },
];

/** How long it is from an RFC 3339 time to `now`. */
export function span(from: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(from)) / 1000));
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds >= MINUTE && seconds < 2 * MINUTE) return "About a minute";
  if (seconds >= HOUR && seconds < 2 * HOUR) return "About an hour";
  const { unit, name } = UNITS.find(({ below }) => seconds < below) ?? { unit: YEAR, name: "years" };
  return `${Math.floor(seconds / unit)} ${name}`;
}

export function ago(from: string, now: Date): string {
  return `${span(from, now)} ago`;
}

/** A time as Go prints it, which docker shows as CreatedAt: `2026-01-02 15:04:05 +0000 UTC`. */
export function goTime(time: string): string {
  const parsed = new Date(time);
  if (Number.isNaN(parsed.getTime())) return "";
  return parsed.toISOString().replace(/^(.*)T(.*)\.\d+Z$/, "$1 $2 +0000 UTC");
}
