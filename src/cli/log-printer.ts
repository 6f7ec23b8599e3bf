// Prints entries of a log: each on the stream that it came from, as docker does, many at a time.
import { fixedTime, type LogBatch, type LogEntry, type LogStream } from "../containers/logs/entry.ts";
import { writeOutput } from "./byte-output.ts";

/** What stands before each line. */
export interface LinePrefix {
  /** Whose it is, with a space behind it; empty for none. */
  readonly who: string;
  readonly times: boolean;
  /** The attributes that --log-opt gave to lines. */
  readonly details: boolean;
}

const FD = { stdout: 1, stderr: 2 } as const satisfies Record<LogStream, number>;

export class LogPrinter {
  readonly #prefix: LinePrefix;
  readonly #plain: boolean;
  /** Streams whose last entry did not end its line: what comes goes on with it. */
  readonly #unfinished = new Set<LogStream>();

  constructor(prefix: LinePrefix) {
    this.#prefix = prefix;
    this.#plain = prefix.who === "" && !prefix.times && !prefix.details;
  }

  /** @throws TeuError `unavailable` when nobody reads on */
  async print({ encoding, entries }: LogBatch): Promise<void> {
    for (let at = 0; at < entries.length; ) {
      const stream = entries[at]?.stream ?? "stdout";
      let text = "";
      for (; entries[at]?.stream === stream; at++) {
        const entry = entries[at];
        if (entry !== undefined) text += this.#plain ? entry.text : this.#line(entry, encoding);
      }
      await writeOutput(Buffer.from(text, encoding), FD[stream]);
    }
  }

  #line(entry: LogEntry, encoding: LogBatch["encoding"]): string {
    const begins = !this.#unfinished.has(entry.stream);
    if (entry.text.endsWith("\n")) this.#unfinished.delete(entry.stream);
    else this.#unfinished.add(entry.stream);
    return begins ? inEncoding(this.#before(entry), encoding) + entry.text : entry.text;
  }

  #before({ time, attributes = {} }: LogEntry): string {
    const { who, times, details } = this.#prefix;
    return `${who}${times ? `${fixedTime(time)} ` : ""}${details ? `${attributesText(attributes)} ` : ""}`;
  }
}

/** Text of ours among bytes that are one a character. */
function inEncoding(text: string, encoding: LogBatch["encoding"]): string {
  return encoding === "utf8" ? text : Buffer.from(text).toString("latin1");
}

/** docker's form, in the order of the names. */
function attributesText(attributes: Readonly<Record<string, string>>): string {
  const names = Object.keys(attributes).sort();
  return names.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(attributes[name] ?? "")}`).join();
}
