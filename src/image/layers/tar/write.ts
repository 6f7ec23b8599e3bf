// A tar writer that is deterministic: the same members give the same bytes. ustar where a member fits, PAX records in front where not, as
// docker writes its layers; owners by number only; sparse files in GNU's format 1.0, which Go's reader (docker, podman, umoci), GNU tar and
// libarchive take.
import type { ByteString } from "../../../base/byte-string.ts";
import type { Extent, TreeEntry } from "../../../spec/tree-entry.ts";
import { shown } from "../refuse.ts";
import { BLOCK, padding } from "./member.ts";
import { extensionHeader, headerBlock, spelled, wrong } from "./write-header.ts";
import { paxRecords, recordsFor, sparseMap } from "./write-pax.ts";

type Wait = Promise<void> | undefined;

/** Takes the bytes of the archive; a promise means: wait. A chunk is theirs for good, but for data that were handed through. */
export type TakeBytes = (chunk: Uint8Array) => Wait;

/** Small pieces are collected to this size, so that hashing and packing are called for much at a time. */
const BUFFER = 256 * 1024;
/** A piece of data this large goes through without a copy. */
const LARGE = 32 * 1024;
/** Holes are worth a sparse map from this size on; below it they are written out, so that small files do not depend on where they lay. */
const WORTHWHILE_HOLES = 1024 * 1024;

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
    const sparse = entry.extents !== undefined && entry.size - data >= WORTHWHILE_HOLES ? sparseMap(entry.extents, entry.size) : undefined;
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

  #putExtension(name: ByteString, body: Buffer): void {
    this.#put(extensionHeader(name, body.length));
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

function sum({ extents, size }: TreeEntry): number {
  return extents === undefined ? size : extents.reduce((total, { length }) => total + length, 0);
}
