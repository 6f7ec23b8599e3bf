// A tar reader that is fed: v7, ustar, GNU, PAX. It goes through each chunk in one synchronous run, hands file data on without copying them,
// and waits only where its handler says so. What docker's and podman's reader (Go's) refuses is refused, so that nobody sees another tree.
import type { ByteString } from "../../../base/byte-string.ts";
import type { Extent } from "../../../spec/tree-entry.ts";
import { DEFAULT_LIMITS, type LayerLimits } from "../limits.ts";
import { refuse, shown } from "../refuse.ts";
import { type Assembled, assemble, type Extensions, NO_EXTENSIONS, overGlobal } from "./assemble.ts";
import { FIELDS } from "./fields.ts";
import { isZeroBlock, readHeader, type TarHeader } from "./header.ts";
import { BLOCK, padding, type TarHandler } from "./member.ts";
import { parseRecords } from "./pax.ts";
import { checkMap, DataMap, rangesAt, type SparseMap } from "./sparse.ts";

type Wait = Promise<void> | undefined;

/**
 * header: the next block is one; lone-zero: one block of zeros was read; extension: the body of a PAX or long-name header is collected;
 * more-blocks, map-in-data: blocks of a sparse map are read; data, skip: `#left` bytes are handed on, passed over; end: all that follows
 * the archive is ignored.
 */
type State = "header" | "lone-zero" | "extension" | "more-blocks" | "map-in-data" | "data" | "skip" | "end";

/** Flags of the headers that tell about the next one. `X` is Solaris's name for `x`. */
const EXTENSIONS: ReadonlySet<string> = new Set(["x", "X", "g", "L", "K"]);
/** A volume's label. */
const LABEL = "V";

export class TarReader {
  readonly #handler: TarHandler;
  readonly #limits: Pick<LayerLimits, "extensionBytes" | "extensions" | "extents" | "fileBytes">;
  #state: State = "header";
  /** The chunk in work, and how far. */
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes of the chunks before it. */
  #before = 0;
  /** A block or body that began in an earlier chunk. */
  readonly #block = Buffer.alloc(BLOCK);
  #body: Buffer = Buffer.alloc(0);
  #filled = 0;
  #left = 0;
  #padding = 0;
  #flag = "";
  #place = "";
  #extensions: Extensions = NO_EXTENSIONS;
  #extensionCount = 0;
  #global: ReadonlyMap<string, ByteString> = new Map();
  /** The sparse file whose map is being read. */
  #pending: Assembled | undefined;
  #ranges: Extent[] = [];
  #map: DataMap | undefined;

  constructor(handler: TarHandler, limits: Partial<LayerLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * Takes the next bytes. A promise means: wait for it before the next call, and leave the chunk alone until then.
   * @throws InvalidInputError what is wrong with the archive, naming the entry or the header's place; also as the promise's rejection.
   */
  feed(chunk: Uint8Array): Wait {
    this.#before += this.#chunk.length;
    this.#chunk = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#at = 0;
    const wait = this.#run();
    return wait === undefined ? undefined : this.#runOn(wait);
  }

  /** Says that no bytes follow. @throws InvalidInputError when the archive is cut short. */
  end(): void {
    // umoci ends layers with the last byte of a file, without its padding; other readers take that, and nothing is missing.
    const onlyPadding = this.#state === "skip" && this.#left < BLOCK;
    const between = (this.#state === "header" || onlyPadding) && this.#extensionCount === 0;
    const clean = this.#state === "end" || this.#state === "lone-zero" || between;
    if (!clean || (this.#filled > 0 && this.#state !== "end")) {
      refuse(`byte ${this.#before + this.#chunk.length}`, "the archive is cut short");
    }
  }

  #run(): Wait {
    while (this.#at < this.#chunk.length) {
      const wait = this.#step();
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  async #runOn(first: Promise<void>): Promise<void> {
    for (let wait: Wait = first; wait !== undefined; wait = this.#run()) await wait;
  }

  #step(): Wait {
    switch (this.#state) {
      case "data":
        return this.#handOn();
      case "skip":
        this.#take(this.#left);
        if (this.#left === 0) this.#state = "header";
        return undefined;
      case "extension":
        this.#collect();
        return undefined;
      case "end":
        this.#at = this.#chunk.length;
        return undefined;
      default:
        return this.#block512();
    }
  }

  /** At most `most` bytes of the chunk, without copying. */
  #take(most: number): Buffer {
    const piece = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += piece.length;
    this.#left -= piece.length;
    return piece;
  }

  #handOn(): Wait {
    const piece = this.#take(this.#left);
    if (this.#left === 0) this.#skip(this.#padding);
    return this.#handler.data(piece);
  }

  #skip(bytes: number): void {
    this.#left = bytes;
    this.#state = bytes === 0 ? "header" : "skip";
  }

  /** Steps of the states that read block by block. */
  #block512(): Wait {
    const block = this.#nextBlock();
    if (block === undefined) return undefined;
    if (this.#state === "more-blocks") return this.#moreRanges(block);
    if (this.#state === "map-in-data") return this.#mapBlock(block);
    if (isZeroBlock(block)) {
      if (this.#extensionCount > 0) refuse(this.#place, "no entry follows the extended header");
      this.#state = this.#state === "lone-zero" ? "end" : "lone-zero";
      return undefined;
    }
    const at = this.#before + this.#at - BLOCK;
    if (this.#state === "lone-zero") refuse(`header at byte ${at}`, "a single block of zeros stands before it");
    const header = readHeader(block, at);
    if (EXTENSIONS.has(header.flag)) this.#startExtension(header, at);
    else if (header.flag === LABEL) this.#skip(header.size + padding(header.size));
    else return this.#startMember(header, block);
    return undefined;
  }

  /** The next 512 bytes, in place where the chunk holds them all. */
  #nextBlock(): Buffer | undefined {
    if (this.#filled === 0 && this.#chunk.length - this.#at >= BLOCK) {
      this.#at += BLOCK;
      return this.#chunk.subarray(this.#at - BLOCK, this.#at);
    }
    const copied = this.#chunk.copy(this.#block, this.#filled, this.#at, this.#at + BLOCK - this.#filled);
    this.#at += copied;
    this.#filled += copied;
    if (this.#filled < BLOCK) return undefined;
    this.#filled = 0;
    return this.#block;
  }

  #startExtension({ flag, size }: TarHeader, at: number): void {
    this.#place = `extended header at byte ${at}`;
    const { extensionBytes, extensions } = this.#limits;
    if (size > extensionBytes) refuse(this.#place, `it has ${size} bytes, more than ${extensionBytes}`);
    if (++this.#extensionCount > extensions) refuse(this.#place, `more than ${extensions} extended headers stand before one entry`);
    this.#flag = flag;
    this.#body = Buffer.allocUnsafe(size);
    this.#left = size;
    this.#padding = padding(size);
    this.#state = "extension";
    if (size === 0) this.#endExtension();
  }

  #collect(): void {
    const from = this.#body.length - this.#left;
    this.#take(this.#left).copy(this.#body, from);
    if (this.#left === 0) this.#endExtension();
  }

  #endExtension(): void {
    const body = this.#body;
    if (this.#flag === "L") this.#extensions = { ...this.#extensions, longName: longName(body) };
    else if (this.#flag === "K") this.#extensions = { ...this.#extensions, longTarget: longName(body) };
    else if (this.#flag === "g") this.#addGlobal(body);
    else this.#extensions = { ...this.#extensions, records: parseRecords(body, this.#place) };
    this.#skip(this.#padding);
  }

  #addGlobal(body: Buffer): void {
    this.#global = new Map([...this.#global, ...parseRecords(body, this.#place).values]);
    const bytes = [...this.#global].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    if (bytes > this.#limits.extensionBytes) refuse(this.#place, `the global headers have more than ${this.#limits.extensionBytes} bytes`);
    // Nothing needs to follow a global header; git ends archives with one.
    this.#extensionCount--;
  }

  #startMember(header: TarHeader, block: Buffer): Wait {
    const assembled = assemble(header, block, { ...this.#extensions, records: overGlobal(this.#extensions.records, this.#global) });
    const { member, stored, sparse } = assembled;
    this.#place = `entry ${shown(member.path)}`;
    this.#extensions = NO_EXTENSIONS;
    this.#extensionCount = 0;
    this.#left = stored;
    this.#padding = padding(stored);
    if (member.type !== "file") {
      this.#skip(stored + this.#padding);
      return this.#handler.member(member);
    }
    if (sparse.kind === "none") return this.#startFile(assembled, undefined);
    if (sparse.kind === "map") return this.#startFile(assembled, sparse.map);
    this.#pending = assembled;
    this.#ranges = sparse.kind === "more-blocks" ? [...sparse.map.extents] : [];
    this.#map = new DataMap(this.#place, this.#limits.extents);
    this.#state = sparse.kind === "more-blocks" ? "more-blocks" : "map-in-data";
    return undefined;
  }

  #moreRanges(block: Buffer): Wait {
    const { extents } = this.#limits;
    this.#ranges.push(...rangesAt(block, FIELDS.moreRanges, this.#place));
    if (this.#ranges.length > extents) refuse(this.#place, `the sparse map has more than ${extents} ranges`);
    if (block[FIELDS.moreMore.offset] !== 0) return undefined;
    const pending = this.#pending;
    if (pending?.sparse.kind !== "more-blocks") return undefined;
    return this.#startFile(pending, { size: pending.sparse.map.size, extents: this.#ranges });
  }

  #mapBlock(block: Buffer): Wait {
    this.#left -= BLOCK;
    if (this.#left < 0) refuse(this.#place, "the sparse map is longer than what is stored");
    const extents = this.#map?.feed(block);
    const pending = this.#pending;
    if (extents === undefined || pending?.sparse.kind !== "in-data") return undefined;
    return this.#startFile(pending, { size: pending.sparse.size, extents });
  }

  /** Tells the member, once its map is known; `#left` bytes of data follow. */
  #startFile({ member }: Assembled, map: SparseMap | undefined): Wait {
    this.#pending = undefined;
    const size = map?.size ?? member.size;
    if (size > this.#limits.fileBytes) refuse(this.#place, `its size of ${size} bytes is more than ${this.#limits.fileBytes}`);
    const extents = map === undefined ? undefined : checkMap(map, this.#left, this.#limits.extents, this.#place);
    if (this.#left === 0) this.#skip(0);
    else this.#state = "data";
    return this.#handler.member(extents === undefined ? member : { ...member, size, extents });
  }
}

/** The body of a GNU long name, which ends at its first NUL. */
function longName(body: Buffer): ByteString {
  const nul = body.indexOf(0);
  // latin1 has a character for each byte.
  return body.toString("latin1", 0, nul < 0 ? body.length : nul) as ByteString;
}
