// Entries of a log, from the bytes of its files: docker's json-file, and our own `local` (docs/plan.md, "Logs"). What a crash has torn, and what
// else is no entry, is passed over.

export type LogStream = "stdout" | "stderr";

export interface LogEntry {
  /** As the file has it: RFC 3339, or 19 digits of nanoseconds; `fixedTime` and `millisecondsOf` read both. */
  readonly time: string;
  readonly stream: LogStream;
  /** Ends in a newline where the line does. In the encoding of its batch. */
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** Entries that lie one after another in a file. */
export interface LogBatch {
  /** json-file is text; `local` holds any bytes, one a character. */
  readonly encoding: "utf8" | "latin1";
  readonly entries: readonly LogEntry[];
}

const JSON_BEGINS = 0x7b;

/** Reads whole lines. Of a log that a crash has torn, the first may be neither. */
export function readEntries(lines: Buffer): LogBatch {
  return lines[0] === JSON_BEGINS || lines.includes('\n{"log":"')
    ? { encoding: "utf8", entries: jsonEntries(lines) }
    : { encoding: "latin1", entries: localEntries(lines) };
}

/** All lines as one array, which is several times as fast as one by one; one by one where that fails. */
function jsonEntries(lines: Buffer): LogEntry[] {
  const text = lines.toString("utf8").trimEnd();
  try {
    const parsed: unknown = JSON.parse(`[${text.replaceAll("\n", ",")}]`);
    return Array.isArray(parsed) ? parsed.flatMap(jsonEntry) : [];
  } catch {
    return text.split("\n").flatMap((line) => {
      try {
        return jsonEntry(JSON.parse(line));
      } catch {
        return [];
      }
    });
  }
}

function jsonEntry(value: unknown): LogEntry | [] {
  if (typeof value !== "object" || value === null) return [];
  const { log, stream, time, attrs } = value as Readonly<Record<string, unknown>>;
  if (typeof log !== "string" || typeof time !== "string" || (stream !== "stdout" && stream !== "stderr")) return [];
  return { time, stream, text: log, attributes: attrs === undefined ? undefined : stringsOf(attrs) };
}

function stringsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]));
}

const LOCAL = /^([oeOE])(\d{19}) (.*)$/s;

function localEntries(lines: Buffer): LogEntry[] {
  return lines
    .toString("latin1")
    .split("\n")
    .flatMap((line) => {
      const [, kind, time, text] = LOCAL.exec(line) ?? [];
      if (kind === undefined || time === undefined || text === undefined) return [];
      const whole = kind === "o" || kind === "e";
      return { time, stream: kind.toLowerCase() === "e" ? "stderr" : "stdout", text: whole ? `${text}\n` : text, attributes: undefined };
    });
}

const MILLIS_DIGITS = 13;
const FRACTION_DIGITS = 9;

/** Since the epoch; NaN for what is no time. */
export function millisecondsOf(time: string): number {
  return time.includes("T") ? Date.parse(time) : Number(time.slice(0, MILLIS_DIGITS));
}

/** RFC 3339 in UTC with all nine digits of the second's fraction, as docker shows times in front of lines. */
export function fixedTime(time: string): string {
  const [, seconds = time, fraction = ""] = /^([^.Z]*)(?:\.(\d*))?Z$/.exec(time) ?? [];
  if (time.includes("T")) return `${seconds}.${fraction.padEnd(FRACTION_DIGITS, "0")}Z`;
  return `${new Date(millisecondsOf(time)).toISOString().slice(0, -1)}${time.slice(MILLIS_DIGITS)}Z`;
}
