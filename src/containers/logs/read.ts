// Reads a container's log across its files, and follows it: woken by the kernel (inotify(7)), not by the clock.
import { fixedTime, type LogBatch, type LogEntry, type LogStream, millisecondsOf, readEntries } from "./entry.ts";
import { closeAll, type OpenFile, openLog } from "./files.ts";
import { followLog } from "./follow.ts";
import { countLines, findTail, LineReader, packedLines, skipLines } from "./lines.ts";

export interface ReadOptions {
  /** Go on with what comes, until `ended` or `signal`. */
  readonly follow?: boolean;
  /** Milliseconds since the epoch, both included. */
  readonly since?: number;
  readonly until?: number;
  /** Only so many of the last entries, before any other choice, as in docker. */
  readonly tail?: number;
  /** Both streams, unless one is false. */
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly signal?: AbortSignal;
  /** Settles when the container has ended and nothing more will come. */
  readonly ended?: Promise<unknown>;
}

/** One entry, for whoever takes them one by one. */
export interface LogLine {
  /** RFC 3339 in UTC, nine digits of the second's fraction. */
  readonly time: string;
  readonly stream: LogStream;
  /** Ends in a newline where the line does. */
  readonly text: Uint8Array;
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** The entries of the log whose file is at `path`, in order; none where there is none. */
export async function* readLog(path: string, options: ReadOptions = {}): AsyncGenerator<LogLine> {
  for await (const { encoding, entries } of readLogBatches(path, options)) {
    for (const { time, stream, text, attributes } of entries) {
      yield { time: fixedTime(time), stream, text: Buffer.from(text, encoding), attributes };
    }
  }
}

/** The same as they lie in the files, many at once: for megabytes. */
export async function* readLogBatches(path: string, options: ReadOptions = {}): AsyncGenerator<LogBatch> {
  const choice = chooser(options);
  const files = await openLog(path);
  const last = files.at(-1);
  let reader: LineReader | undefined;
  try {
    const { first, position, skip } = await startOf(files, options.tail);
    for (const [index, file] of files.entries()) {
      if (index < first) continue;
      if (file === last) reader = new LineReader(file.handle, index === first ? position : 0);
      for await (const lines of linesOf(file, index === first ? { position, skip } : { position: 0, skip: 0 }, reader)) {
        const chosen = choice.of(readEntries(lines));
        if (chosen.entries.length > 0) yield chosen;
        if (choice.isOver() || options.signal?.aborted === true) return;
      }
    }
    if (options.follow !== true) return;
    for await (const lines of followLog(path, reader, options)) {
      const chosen = choice.of(readEntries(lines));
      if (chosen.entries.length > 0) yield chosen;
      if (choice.isOver()) return;
    }
  } finally {
    await closeAll(files);
  }
}

interface Start {
  /** Index of the file. */
  readonly first: number;
  readonly position: number;
  /** Lines to leave out, of a packed file. */
  readonly skip: number;
}

async function startOf(files: readonly OpenFile[], tail: number | undefined): Promise<Start> {
  let missing = tail ?? 0;
  if (tail === undefined) return { first: 0, position: 0, skip: 0 };
  for (let first = files.length - 1; first >= 0; first--) {
    const file = files[first];
    if (file === undefined) break;
    if (file.packed) {
      let count = 0;
      for await (const lines of packedLines(file.handle)) count += countLines(lines);
      if (count >= missing) return { first, position: 0, skip: count - missing };
      missing -= count;
    } else {
      const place = await findTail(file.handle, missing);
      if (place.missing === 0) return { first, position: place.position, skip: 0 };
      missing = place.missing;
    }
  }
  return { first: 0, position: 0, skip: 0 };
}

async function* linesOf(
  { handle, packed }: OpenFile,
  { position, skip }: Omit<Start, "first">,
  reader?: LineReader,
): AsyncGenerator<Buffer> {
  if (packed) {
    let left = skip;
    for await (const lines of packedLines(handle)) {
      const count = left > 0 ? countLines(lines) : 0;
      const rest = left > 0 ? skipLines(lines, left) : lines;
      left = Math.max(0, left - count);
      if (rest.length > 0) yield rest;
    }
    return;
  }
  const plain = reader ?? new LineReader(handle, position);
  for (let lines = await plain.next(); lines !== undefined; lines = await plain.next()) yield lines;
}

/** The entries that were asked for, of one batch after another; `isOver` once all that could come is too late. */
function chooser({ since, until, stdout = true, stderr = true }: ReadOptions) {
  const all = since === undefined && until === undefined && stdout && stderr;
  let over = false;
  const wanted = ({ time, stream }: LogEntry): boolean => {
    if (!(stream === "stdout" ? stdout : stderr)) return false;
    if (since === undefined && until === undefined) return true;
    const moment = millisecondsOf(time);
    if (until !== undefined && moment > until) {
      over = true;
      return false;
    }
    return since === undefined || moment >= since;
  };
  return {
    of: (batch: LogBatch): LogBatch => (all ? batch : { ...batch, entries: batch.entries.filter(wanted) }),
    isOver: () => over,
  };
}
