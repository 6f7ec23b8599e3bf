// A tar writer that is deterministic: the same members give the same bytes. ustar where a member fits, PAX records in front where not, as
// docker writes its layers; owners by number only; sparse files in GNU's format 1.0, which Go's reader (docker, podman, umoci), GNU tar and
// libarchive take.
import type { ByteString } from "../../../base/byte-string.ts";
import { TeuError } from "../../../base/errors.ts";
import type { EntryType, Extent, TreeEntry } from "../../../spec/tree-entry.ts";
import { shown } from "../refuse.ts";
import { checksums, FIELDS, type Field, putOctal, putText, USTAR_MAGIC } from "./fields.ts";
import { BLOCK, padding } from "./member.ts";
import { isUtf8, paxRecords, recordsFor, sparseMap } from "./write-pax.ts";

type Wait = Promise<void> | undefined;

/** Takes the bytes of the archive; a promise means: wait. A chunk is theirs for good, but for data that were handed through. */
export type TakeBytes = (chunk: Uint8Array) => Wait;

/** Small pieces are collected to this size, so that hashing and packing are called for much at a time. */
const BUFFER = 256 * 1024;
/** A piece of data this large goes through without a copy. */
const LARGE = 32 * 1024;
/** Holes are worth a sparse map from this size on; below it they are written out, so that small files do not depend on where they lay. */
const WORTHWHILE_HOLES = 1024 * 1024;

const FLAGS: Readonly<Record<EntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const ZEROS = Buffer.alloc(64 * 1024);

export class TarWriter {
  readonly #take: TakeBytes;
  #buffer = Buffer.allocUnsafe(BUFFER);
  #filled = 0;
  /** Bytes of the file in work that are still to come from the caller. */
  #left = 0;
  #padding = 0;
  /** Ranges whose holes are written out, and where in the file the next byte stands. */
  #extents: readonly Extent[] = [];
  #position = 0;
  #size = 0;
  #name = "";

  constructor(take: TakeBytes) {
    this.#take = take;
  }

  /**
   * Begins a member; its data follow, exactly as many as its extents, or its size, say.
   * @throws TeuError when the data of the file before are not complete, or it cannot be said in a tar.
   */
  entry(entry: TreeEntry): Wait {
    this.#checkComplete();
    this.#name = shown(entry.path);
    const records = recordsFor(entry);
    const data = entry.type === "file" ? sum(entry) : 0;
    const sparse = entry.extents !== undefined && entry.size - data >= WORTHWHILE_HOLES ? sparseMap(entry.extents) : undefined;
    const stored = entry.type !== "file" ? 0 : sparse === undefined ? entry.size : sparse.length + data;
    const name = spelled(entry);
    if (sparse !== undefined)
      records
        .set("GNU.sparse.major", "1")
        .set("GNU.sparse.minor", "0")
        .set("GNU.sparse.name", name)
        .set("GNU.sparse.realsize", `${entry.size}`);
    const header = headerBlock(entry, name, stored, records);
    if (records.size > 0) this.#putExtension(name, paxRecords(records));
    this.#put(header);
    if (sparse !== undefined) this.#put(sparse);
    this.#left = data;
    this.#padding = padding(stored);
    this.#extents = sparse === undefined && entry.extents !== undefined ? entry.extents : [];
    this.#position = 0;
    this.#size = sparse === undefined && entry.extents !== undefined ? entry.size : 0;
    if (entry.type === "file" && data === 0) return this.#endFile();
    return this.#overflow();
  }

  /** Data of the file that was begun. A promise means: the chunk must stay as it is until then. */
  data(chunk: Uint8Array): Wait {
    if (chunk.length > this.#left) throw wrong(this.#name, "more data came than its size says");
    return this.#extents.length === 0 ? this.#handOn(chunk) : this.#spread(chunk);
  }

  /** Ends the archive: two blocks of zeros, and nothing behind them. */
  async end(): Promise<void> {
    this.#checkComplete();
    this.#put(ZEROS.subarray(0, 2 * BLOCK));
    await this.#flush();
  }

  #checkComplete(): void {
    if (this.#left > 0) throw wrong(this.#name, `${this.#left} bytes less came than its size says`);
  }

  #putExtension(name: string, body: Buffer): void {
    const block = Buffer.alloc(BLOCK);
    // Readers that know no PAX make a file of this name; every other ignores it.
    putText(
      block,
      FIELDS.name,
      `PaxHeaders.0/${
        name
          .replaceAll(/[^ -~]/g, "_")
          .split("/")
          .findLast((part) => part !== "") ?? ""
      }`.slice(0, 99),
    );
    seal(block, "x", { mode: 0o644, uid: 0, gid: 0, size: body.length, mtime: 0 });
    this.#put(block);
    this.#put(body);
    this.#put(ZEROS.subarray(0, padding(body.length)));
  }

  #handOn(chunk: Uint8Array): Wait {
    this.#left -= chunk.length;
    const last = this.#left === 0;
    if (chunk.length < LARGE) {
      this.#put(chunk);
      return last ? this.#endFile() : this.#overflow();
    }
    const wait = this.#flush();
    const rest = wait === undefined ? this.#take(chunk) : wait.then(() => this.#take(chunk));
    if (!last) return rest;
    return rest === undefined ? this.#endFile() : rest.then(() => this.#endFile());
  }

  /** Puts data where its extents say, holes written out. */
  async #spread(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      const extent = this.#extents.find(({ offset, length }) => offset + length > this.#position);
      if (extent === undefined) throw wrong(this.#name, "more data came than its extents say");
      await this.#zeros(extent.offset - this.#position);
      const piece = rest.subarray(0, extent.offset + extent.length - this.#position);
      rest = rest.subarray(piece.length);
      this.#position += piece.length;
      this.#size -= piece.length;
      await this.#handOn(piece);
    }
  }

  async #zeros(count: number): Promise<void> {
    for (let left = count; left > 0; left -= ZEROS.length) {
      this.#put(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
      await this.#overflow();
    }
    if (count <= 0) return;
    this.#position += count;
    this.#size -= count;
  }

  /** The hole at a file's end, and the filling of its last block. */
  #endFile(): Wait {
    const hole = this.#size;
    this.#size = 0;
    const pad = this.#padding;
    this.#padding = 0;
    const fill = (): Wait => {
      this.#put(ZEROS.subarray(0, pad));
      return this.#overflow();
    };
    return hole > 0 ? this.#zeros(hole).then(fill) : fill();
  }

  /** Collects a small piece. The buffer grows past its size by one piece at most, before `#overflow` is asked. */
  #put(piece: Uint8Array): void {
    if (this.#filled + piece.length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#filled + piece.length + BUFFER);
      this.#buffer.copy(larger, 0, 0, this.#filled);
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#filled);
    this.#filled += piece.length;
  }

  #overflow(): Wait {
    return this.#filled >= BUFFER - LARGE ? this.#flush() : undefined;
  }

  #flush(): Wait {
    if (this.#filled === 0) return undefined;
    const full = this.#buffer.subarray(0, this.#filled);
    this.#buffer = Buffer.allocUnsafe(BUFFER);
    this.#filled = 0;
    return this.#take(full);
  }
}

function wrong(name: string, why: string): TeuError {
  return new TeuError("invalid", `write the tar entry ${name}: ${why}`);
}

function sum({ extents, size }: TreeEntry): number {
  return extents === undefined ? size : extents.reduce((total, { length }) => total + length, 0);
}

/** Directories end with a slash, for readers of the oldest format; the root is `./`. */
function spelled({ path, type }: TreeEntry): ByteString {
  // A slash more is still bytes.
  return type === "directory" ? (`${path === "" ? "." : path}/` as ByteString) : path;
}

/** What does not fit goes to the records, and a part of it to the header. */
function headerBlock(entry: TreeEntry, name: ByteString, stored: number, records: Map<string, string>): Buffer {
  const block = Buffer.alloc(BLOCK);
  const target = entry.target ?? "";
  if (!putName(block, name)) records.set("path", name);
  if (!isPlain(target) || target.length > FIELDS.target.length) records.set("linkpath", target);
  putText(block, FIELDS.target, isPlain(target) ? target : ascii(target));
  const { uid, gid, mtime } = entry;
  const { major, minor } = entry.device ?? { major: 0, minor: 0 };
  if (!putOctal(block, FIELDS.major, major) || !putOctal(block, FIELDS.minor, minor))
    throw wrong(shown(entry.path), "its device number is too large");
  const large = (key: string, field: Field, value: number): number => {
    if (putOctal(block, field, value)) return value;
    records.set(key, `${value}`);
    return 0;
  };
  const size = large("size", FIELDS.size, stored);
  const seconds = records.has("mtime") && mtime.seconds < 0 ? 0 : large("mtime", FIELDS.mtime, mtime.seconds);
  // A name that is no UTF-8 says so, or readers would take the record for damaged.
  if (["path", "linkpath", "GNU.sparse.name"].some((key) => !isUtf8(records.get(key) ?? ""))) records.set("hdrcharset", "BINARY");
  seal(block, FLAGS[entry.type], {
    mode: entry.mode,
    uid: large("uid", FIELDS.uid, uid),
    gid: large("gid", FIELDS.gid, gid),
    size,
    mtime: seconds,
  });
  return block;
}

const isPlain = (text: string) => /^[ -~]*$/.test(text);
const ascii = (text: string) => text.replaceAll(/[^ -~]/g, "_");

/** Puts a name into name and prefix (pax, "ustar Interchange Format"). @returns whether it is all there. */
function putName(block: Buffer, name: ByteString): boolean {
  const [most, mostPrefix] = [FIELDS.name.length, FIELDS.prefix.length];
  const plain = isPlain(name);
  if (plain && name.length <= most) {
    putText(block, FIELDS.name, name);
    return true;
  }
  const slash = plain ? name.lastIndexOf("/", mostPrefix) : -1;
  const rest = name.length - slash - 1;
  if (slash > 0 && rest > 0 && rest <= most) {
    putText(block, FIELDS.prefix, name.slice(0, slash));
    putText(block, FIELDS.name, name.slice(slash + 1));
    return true;
  }
  putText(block, FIELDS.name, ascii(name).slice(0, most));
  return false;
}

interface Numbers {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
}

/** The numbers, the magic and, over all of them, the checksum. */
function seal(block: Buffer, flag: string, numbers: Numbers): void {
  for (const key of ["mode", "uid", "gid", "size", "mtime"] as const) putOctal(block, FIELDS[key], numbers[key]);
  putText(block, FIELDS.type, flag);
  putText(block, FIELDS.magic, USTAR_MAGIC);
  putText(block, FIELDS.checksum, `${checksums(block).unsigned.toString(8).padStart(6, "0")}\0 `);
}
