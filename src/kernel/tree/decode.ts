// Takes the records of a stream (records.ts) apart, as it comes, in whatever pieces.
import { type ByteString, fromBytes } from "../../base/byte-string.ts";
import { TeuError } from "../../base/errors.ts";
import type { EntryType, Extent, TreeEntry, Xattr } from "../../spec/tree-entry.ts";
import { AT, DATA_HEADER_SIZE, EXTENT_SIZE, FLAG, HEADER_SIZE, KIND, RECORD_MAX, XATTR_HEADER_SIZE } from "./records.ts";

/** One item of a tree that is read; the data of a file follow its entry. */
export type TreeItem =
  | {
      readonly kind: "entry";
      readonly entry: TreeEntry;
      /** What the tree that is compared with has at the path: a file of the same kind, owner, mode and time, or another one. */
      readonly below?: "same" | "other";
      /** No data follow: the file itself has gone to the other session. */
      readonly open?: true;
    }
  /** Good until the next item is asked for. */
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  | { readonly kind: "whiteout" | "opaque"; readonly path: ByteString };

const ENTRY_TYPES = new Map<number, EntryType>(
  (["file", "directory", "symlink", "hardlink", "char", "block", "fifo"] as const).map((type) => [KIND[type], type]),
);

/** Holds what has come of a record whose rest is still to come. */
export class RecordDecoder {
  #rest: Buffer = Buffer.alloc(0);
  /** Content that the record at hand still has. */
  #data = 0;
  /** The first path of each file of several names, by its number. */
  readonly #inodes = new Map<number, ByteString>();
  /** The stream's last record has come. */
  ended = false;

  /** @throws TeuError `internal` for what is no record. */
  *push(bytes: Uint8Array): Generator<TreeItem> {
    let at = 0;
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const all = this.#rest.length === 0 || this.#data > 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (at < all.length) {
      if (this.#data > 0) {
        const part = all.subarray(at, at + this.#data);
        at += part.length;
        this.#data -= part.length;
        yield { kind: "data", chunk: part };
        continue;
      }
      if (all.length - at < DATA_HEADER_SIZE) break;
      const length = all.readUInt32LE(at);
      if (all[at + AT.kind] === KIND.data) {
        this.#data = length - DATA_HEADER_SIZE;
        at += DATA_HEADER_SIZE;
        continue;
      }
      if (length < HEADER_SIZE || length > RECORD_MAX) throw broken(`a record of ${length} bytes`);
      if (all.length - at < length) break;
      const item = this.#decode(all.subarray(at, at + length));
      at += length;
      if (item !== undefined) yield item;
    }
    // A copy: the chunk is the stream's.
    this.#rest = Buffer.from(all.subarray(at));
  }

  #decode(record: Buffer): TreeItem | undefined {
    const kind = record[AT.kind];
    const pathEnd = HEADER_SIZE + record.readUInt32LE(AT.pathLength);
    const path = fromBytes(record.subarray(HEADER_SIZE, pathEnd));
    if (kind === KIND.end) {
      this.ended = true;
      return undefined;
    }
    if (kind === KIND.whiteout) return { kind: "whiteout", path };
    if (kind === KIND.opaque) return { kind: "opaque", path };
    const type = ENTRY_TYPES.get(kind ?? -1);
    if (type === undefined) throw broken(`a record of kind ${kind}`);
    const flags = record[AT.flags] ?? 0;
    const below = (flags & FLAG.below) === 0 ? {} : { below: (flags & FLAG.same) === 0 ? ("other" as const) : ("same" as const) };
    const open = (flags & FLAG.open) === 0 ? {} : { open: true as const };
    return { kind: "entry", entry: this.#entry(record, type, path, pathEnd + 1), ...below, ...open };
  }

  #entry(record: Buffer, type: EntryType, path: ByteString, targetAt: number): TreeEntry {
    const targetEnd = targetAt + record.readUInt32LE(AT.targetLength);
    const extentsAt = targetEnd + 1;
    const extentCount = record.readUInt32LE(AT.extentCount);
    const xattrs = xattrsIn(record, extentsAt + extentCount * EXTENT_SIZE, record.readUInt16LE(AT.xattrCount));
    const target = this.#target(record, type, path, fromBytes(record.subarray(targetAt, targetEnd)));
    return {
      path,
      type,
      mode: record.readUInt32LE(AT.mode),
      uid: record.readUInt32LE(AT.uid),
      gid: record.readUInt32LE(AT.gid),
      mtime: { seconds: Number(record.readBigInt64LE(AT.seconds)), nanoseconds: record.readUInt32LE(AT.nanoseconds) },
      size: Number(record.readBigUInt64LE(AT.size)),
      ...(target === undefined ? {} : { target }),
      ...(type === "char" || type === "block"
        ? { device: { major: record.readUInt32LE(AT.major), minor: record.readUInt32LE(AT.minor) } }
        : {}),
      ...(xattrs.length === 0 ? {} : { xattrs }),
      ...(((record[AT.flags] ?? 0) & FLAG.sparse) === 0 ? {} : { extents: extentsIn(record, extentsAt, extentCount) }),
    };
  }

  /** A hard link has the path that its inode was met at first. */
  #target(record: Buffer, type: EntryType, path: ByteString, text: ByteString): ByteString | undefined {
    const inode = record.readUInt32LE(AT.inode);
    if (type === "hardlink") {
      const first = this.#inodes.get(inode);
      if (first === undefined) throw broken("a hard link to what was not met");
      return first;
    }
    if (inode !== 0) this.#inodes.set(inode, path);
    return type === "symlink" ? text : undefined;
  }
}

function broken(what: string): TeuError {
  return new TeuError("internal", `read a tree: the launcher sent ${what}`);
}

function extentsIn(record: Buffer, start: number, count: number): Extent[] {
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * EXTENT_SIZE;
    return { offset: Number(record.readBigUInt64LE(at)), length: Number(record.readBigUInt64LE(at + 8)) };
  });
}

function xattrsIn(record: Buffer, start: number, count: number): Xattr[] {
  const xattrs: Xattr[] = [];
  for (let at = start; xattrs.length < count; ) {
    const nameEnd = at + XATTR_HEADER_SIZE + record.readUInt32LE(at);
    const end = nameEnd + record.readUInt32LE(at + 4);
    const name = fromBytes(record.subarray(at + XATTR_HEADER_SIZE, nameEnd - 1));
    xattrs.push({ name, value: new Uint8Array(record.subarray(nameEnd, end)) });
    at = end;
  }
  return xattrs;
}
