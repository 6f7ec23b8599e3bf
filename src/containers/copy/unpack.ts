// A tar that is copied into a container: packed or not, told by its first bytes. No whiteouts here: names mean what they say.
import type { ByteString } from "../../base/byte-string.ts";
import { cleanName } from "../../image/layers/clean-name.ts";
import { detectCompression, type Unpacker, unpacker } from "../../image/layers/compression.ts";
import { refuse, shown } from "../../image/layers/refuse.ts";
import type { TarHandler, TarMember } from "../../image/layers/tar/member.ts";
import { TarReader } from "../../image/layers/tar/read.ts";
import type { TreeEntry, TreeSink } from "../../spec/tree-entry.ts";
import { changed } from "./renamed.ts";

export interface UnpackOptions {
  readonly signal?: AbortSignal;
  /** Told the bytes that have been read so far. */
  onBytes?(bytes: number): void;
}

const PLAIN = { from: "" as ByteString, to: "" as ByteString };

/** @returns the bytes that were read. @throws InvalidInputError for what is no tar, or has names that leave it */
export async function unpackTar(tar: AsyncIterable<Uint8Array>, sink: TreeSink, { signal, onBytes }: UnpackOptions): Promise<number> {
  const reader = new TarReader(new Members(sink));
  const take = (chunk: Uint8Array) => reader.feed(chunk);
  let start = Buffer.alloc(0);
  let opened: Unpacker | undefined;
  let bytes = 0;
  const open = async (atEnd: boolean) => {
    const compression = detectCompression(start, atEnd);
    if (compression === undefined) return;
    opened = await unpacker(compression, take);
    await opened.write(start);
  };
  for await (const chunk of tar) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    onBytes?.(bytes);
    if (opened !== undefined) {
      const wait = opened.write(chunk);
      if (wait !== undefined) await wait;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    await open(false);
  }
  if (opened === undefined) await open(true);
  await opened?.end();
  reader.end();
  return bytes;
}

/** The members of a tar as entries below the directory that it is unpacked in. */
class Members implements TarHandler {
  readonly #sink: TreeSink;
  #passOver = false;

  constructor(sink: TreeSink) {
    this.#sink = sink;
  }

  member(member: TarMember): Promise<void> | undefined {
    const entry = entryOf(member);
    // `./`: the directory that is unpacked in stays as it is.
    this.#passOver = entry.path === "";
    return this.#passOver ? undefined : this.#sink.entry(entry);
  }

  data(chunk: Uint8Array): Promise<void> | undefined {
    return this.#passOver ? undefined : this.#sink.data(chunk);
  }
}

function entryOf(member: TarMember): TreeEntry {
  const field = `entry ${shown(member.path)}`;
  const path = cleanName(member.path, field);
  const { type, target } = member;
  if (path === "" && type !== "directory") refuse(field, `the root of the tar is a ${type}`);
  const entry = changed({ ...member, path }, PLAIN);
  if (type !== "hardlink" || target === undefined) return entry;
  return { ...entry, target: cleanName(target, `${field}: link target ${shown(target)}`) };
}
