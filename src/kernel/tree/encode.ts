// Puts entries of a tree into the bytes of their records (records.ts).

import { type ByteString, toText } from "../../base/byte-string.ts";
import { TeuError } from "../../base/errors.ts";
import type { Extent, TreeEntry, Xattr } from "../../spec/tree-entry.ts";
import {
  AT,
  DATA_HEADER_SIZE,
  EXTENT_SIZE,
  EXTENTS_MAX,
  FLAG,
  HEADER_SIZE,
  KIND,
  PATH_LENGTH_MAX,
  RECORD_MAX,
  type RecordKind,
  XATTR_HEADER_SIZE,
  XATTR_VALUE_MAX,
} from "./records.ts";

/** What a record says; all but the path may be left out. */
export interface RecordContent extends Partial<Omit<TreeEntry, "type" | "path">> {
  readonly kind: Exclude<RecordKind, "data">;
  readonly path: ByteString;
  /** The file comes open, in place of its data. */
  readonly open?: boolean;
}

/** Kinds of record that may be about the root. */
const ROOT_KINDS: ReadonlySet<RecordKind> = new Set(["directory", "settle", "opaque", "end"]);
const UINT32_MAX = 0xffff_ffff;

/** The bytes that the record takes. */
export function recordLength({ path, target, extents, xattrs }: RecordContent): number {
  return HEADER_SIZE + path.length + 1 + (target?.length ?? 0) + 1 + (extents?.length ?? 0) * EXTENT_SIZE + xattrsLength(xattrs);
}

function xattrsLength(xattrs: readonly Xattr[] = []): number {
  return xattrs.reduce((sum, { name, value }) => sum + XATTR_HEADER_SIZE + name.length + 1 + value.length, 0);
}

/**
 * What no record can say, in a sentence's words; undefined for what it can. The launcher checks again, and then knows only that it is wrong.
 */
export function unsayable(record: RecordContent): string | undefined {
  const { path, target, mode = 0, uid = 0, gid = 0, mtime, size = 0, xattrs = [], extents = [] } = record;
  if (!cleanPath(path)) return "its path is not a clean relative one";
  if (target !== undefined && (target === "" || target.includes("\0"))) return "its target is empty or has a NUL";
  if (record.kind === "hardlink" && !cleanPath(target ?? "")) return "its target is not a clean relative path";
  if (path === "" && !ROOT_KINDS.has(record.kind)) return "it can only be a directory";
  if (path.length > PATH_LENGTH_MAX || (target?.length ?? 0) > PATH_LENGTH_MAX) return "file name too long (ENAMETOOLONG)";
  if (mode < 0 || mode > 0o7777) return `mode ${mode} is out of range`;
  if (!isId(uid) || !isId(gid)) return `owner ${uid}:${gid} is out of range`;
  if (mtime !== undefined && !(Number.isSafeInteger(mtime.seconds) && mtime.nanoseconds >= 0 && mtime.nanoseconds < 1e9)) {
    return "its time is out of range";
  }
  if (!Number.isSafeInteger(size) || size < 0) return `size ${size} is out of range`;
  if (!extentsSound(extents, size)) return "its extents are not in order inside of it";
  if (xattrs.some(({ name, value }) => name === "" || name.includes("\0") || value.length > XATTR_VALUE_MAX)) {
    return "one of its extended attributes is too large or has no name";
  }
  return recordLength(record) > RECORD_MAX ? "its extended attributes are too large (E2BIG)" : undefined;
}

/** uid_t without -1, which chown(2) takes for `leave it`. */
const isId = (id: number) => Number.isInteger(id) && id >= 0 && id < UINT32_MAX;

function cleanPath(path: string): boolean {
  if (path === "") return true;
  if (path.includes("\0")) return false;
  // Most paths need no look at each part.
  if (
    path.charCodeAt(0) !== 47 &&
    !path.endsWith("/") &&
    !path.includes("//") &&
    !path.includes("./") &&
    !path.includes("/.") &&
    path !== "." &&
    path !== ".."
  ) {
    return true;
  }
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function extentsSound(extents: readonly Extent[], size: number): boolean {
  if (extents.length > EXTENTS_MAX) return false;
  let end = 0;
  for (const { offset, length } of extents) {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return false;
    if (offset < end || length <= 0 || offset + length > size) return false;
    end = offset + length;
  }
  return true;
}

/** A buffer that records are put into one after another. */
export class RecordBuffer {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #end = 0;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, size);
  }

  get length(): number {
    return this.#end;
  }

  get room(): number {
    return this.#bytes.length - this.#end;
  }

  /** What was put in; good until `clear`. */
  get filled(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
  }

  /** @throws TeuError `internal` when there is no room: the caller did not wait. */
  putRecord(record: RecordContent): void {
    const length = recordLength(record);
    if (length > this.room) throw new TeuError("internal", `put ${toText(record.path)} into the stream: it was not waited for room`);
    const start = this.#end;
    const { path, target = "", extents = [], xattrs = [] } = record;
    this.#putHeader(start, record, length);
    let at = start + HEADER_SIZE;
    at = this.#putText(at, path);
    at = this.#putText(at, target);
    for (const { offset, length: size } of extents) {
      this.#putUint64(at, offset);
      this.#putUint64(at + 8, size);
      at += EXTENT_SIZE;
    }
    for (const { name, value } of xattrs) {
      this.#view.setUint32(at, name.length + 1, true);
      this.#view.setUint32(at + 4, value.length, true);
      at = this.#putText(at + XATTR_HEADER_SIZE, name);
      this.#bytes.set(value, at);
      at += value.length;
    }
    this.#end = at;
  }

  /** Puts as much of the content as there is room for; its number of bytes. */
  putData(content: Uint8Array): number {
    const length = Math.min(content.length, this.room - DATA_HEADER_SIZE);
    if (length <= 0) return 0;
    this.#view.setUint32(this.#end, DATA_HEADER_SIZE + length, true);
    this.#view.setUint32(this.#end + AT.kind, KIND.data, true);
    this.#bytes.set(length === content.length ? content : content.subarray(0, length), this.#end + DATA_HEADER_SIZE);
    this.#end += DATA_HEADER_SIZE + length;
    return length;
  }

  #putHeader(at: number, record: RecordContent, length: number): void {
    const view = this.#view;
    const { path, target, mode = 0, uid = 0, gid = 0, mtime, size = 0, device, extents, xattrs } = record;
    view.setUint32(at + AT.length, length, true);
    view.setUint8(at + AT.kind, KIND[record.kind]);
    view.setUint8(at + AT.flags, (extents === undefined ? 0 : FLAG.sparse) | (record.open === true ? FLAG.open : 0));
    view.setUint16(at + AT.xattrCount, xattrs?.length ?? 0, true);
    view.setUint32(at + AT.mode, mode, true);
    view.setUint32(at + AT.uid, uid, true);
    view.setUint32(at + AT.gid, gid, true);
    view.setUint32(at + AT.nanoseconds, mtime?.nanoseconds ?? 0, true);
    const seconds = mtime?.seconds ?? 0;
    view.setUint32(at + AT.seconds, seconds >>> 0, true);
    view.setInt32(at + AT.seconds + 4, Math.floor(seconds / 2 ** 32), true);
    this.#putUint64(at + AT.size, size);
    view.setUint32(at + AT.major, device?.major ?? 0, true);
    view.setUint32(at + AT.minor, device?.minor ?? 0, true);
    view.setUint32(at + AT.pathLength, path.length, true);
    view.setUint32(at + AT.targetLength, target?.length ?? 0, true);
    view.setUint32(at + AT.extentCount, extents?.length ?? 0, true);
    view.setUint32(at + AT.xattrBytes, xattrs === undefined ? 0 : xattrsLength(xattrs), true);
    this.#putUint64(at + AT.inode, 0);
  }

  #putUint64(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  }

  /** The text with a NUL; where it ends. */
  #putText(at: number, text: string): number {
    const end = at + this.#bytes.write(text, at, "latin1");
    this.#bytes[end] = 0;
    return end + 1;
  }
}
