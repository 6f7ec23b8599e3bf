// Files to read by name: those of a directory, or those inside a tar. The readers of layouts, docker archives and `dir:` see no other
// difference between a directory and an archive than this one.
import type { FileHandle } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";

/** A part of an open file. */
export interface FileRange {
  readonly handle: FileHandle;
  readonly offset: number;
  readonly size: number;
}

/** Names are relative, parted by single slashes, without `.` and `..`: made by code, never taken from the outside unread. */
export interface FileSet extends AsyncDisposable {
  /** What it is, for messages. */
  readonly name: string;
  /** Whether a file of this name is there, and its bytes. */
  size(name: string): Promise<number | undefined>;
  /** A small file whole; undefined when there is none. @throws TeuError `invalid` when it is larger than `limit` or no regular file. */
  read(name: string, limit: number): Promise<Uint8Array | undefined>;
  /** A file's bytes from `offset` on. @throws TeuError `not-found`. */
  stream(name: string, offset: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

const CHUNK = 1024 * 1024;

/** Reads exactly the bytes asked for. @throws TeuError `invalid` where the file ends before. */
export async function readRange({ handle, offset, size }: FileRange, subject: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await handle.read(bytes, done, size - done, offset + done);
    if (bytesRead === 0) throw new TeuError("invalid", `read ${subject}: it ends ${size - done} bytes early`);
    done += bytesRead;
  }
  return bytes;
}

/** The bytes of a range, chunk by chunk; each chunk is the taker's to keep. `close`: the handle goes with the stream. */
export async function* streamRange(
  range: FileRange,
  subject: string,
  { signal, close = false }: { readonly signal?: AbortSignal | undefined; readonly close?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const { handle, offset, size } = range;
  try {
    for (let done = 0; done < size; ) {
      signal?.throwIfAborted();
      const chunk = new Uint8Array(Math.min(CHUNK, size - done));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset + done);
      if (bytesRead === 0) throw new TeuError("invalid", `read ${subject}: it ends ${size - done} bytes early`);
      done += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    if (close) await handle.close();
  }
}

/** Refuses an offset beyond a file, which would else give a negative rest. */
export function restOf(range: FileRange, offset: number, subject: string): FileRange {
  if (offset < 0 || offset > range.size) throw new TeuError("invalid", `read ${subject}: byte ${offset} is not among its ${range.size}`);
  return { handle: range.handle, offset: range.offset + offset, size: range.size - offset };
}
