// A file without a name (O_TMPFILE, open(2)) for what must be read at random but came as a stream: an archive on stdin, one that is
// compressed, one that a docker daemon sends. It is gone with its descriptor, however the process ends.
import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { O_TMPFILE } from "../../base/nameless-file.ts";
import { type Compression, detectCompression } from "../layers/compression.ts";
import { errorCode, failed } from "./directory-files.ts";

/** What open(2) says where the file system has no such files, or the kernel none. */
const NO_TMPFILE: readonly unknown[] = ["EOPNOTSUPP", "EISDIR", "ENOENT", "EINVAL"];

/** An empty file without a name, on the file system of `directory`. @throws TeuError. */
export async function unnamedFile(directory: string): Promise<FileHandle> {
  try {
    return await open(directory, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch (error) {
    if (!NO_TMPFILE.includes(errorCode(error))) throw failed(`make a temporary file in ${directory}`, error);
  }
  const path = `${directory}/.teu-${crypto.randomUUID()}`;
  try {
    const handle = await open(path, "wx+", 0o600);
    await unlink(path);
    return handle;
  } catch (error) {
    throw failed(`make a temporary file in ${directory}`, error);
  }
}

export async function writeFully(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

/** Keeps a stream in an unnamed file in `directory`. The caller closes the handle. */
export async function spool(source: AsyncIterable<Uint8Array>, directory: string, signal?: AbortSignal): Promise<FileHandle> {
  const handle = await unnamedFile(directory);
  try {
    let position = 0;
    for await (const chunk of source) {
      signal?.throwIfAborted();
      await writeFully(handle, chunk, position);
      position += chunk.length;
    }
    return handle;
  } catch (error) {
    await handle.close();
    signal?.throwIfAborted();
    throw failed(`keep a copy in ${directory}`, error);
  }
}

/** Bytes that must be seen to tell. */
export const LONGEST_MAGIC = 6;

/** From the first bytes. @throws InvalidInputError for compressions that images do not have. */
export function compressionOf(head: Uint8Array): Compression {
  return detectCompression(head.subarray(0, LONGEST_MAGIC), true) ?? "none";
}

/** A stream unpacked. Errors of the source and of the packing come out of the result. */
export async function unpacked(source: AsyncIterable<Uint8Array>, compression: Compression): Promise<AsyncIterable<Uint8Array>> {
  if (compression === "none") return source;
  const zlib = await import("node:zlib");
  const chunkSize = 1024 * 1024;
  const unpacker = compression === "gzip" ? zlib.createGunzip({ chunkSize }) : zlib.createZstdDecompress({ chunkSize });
  return pipeline(Readable.from(source, { objectMode: false }), unpacker, () => undefined);
}
