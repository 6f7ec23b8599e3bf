// Where each file lies in a tar that is a file: one walk over the headers, by positional reads that skip the contents. For archives of
// images only, which hold plain files, directories and (docker's old form) links; layers are read by image/layers.
// POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar's long names and base-256 numbers.
import type { FileHandle } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";
import { readRange } from "./file-set.ts";

export interface TarFile {
  readonly type: "file";
  readonly offset: number;
  readonly size: number;
}

export interface TarLink {
  readonly type: "symlink" | "hardlink";
  /** As it stands in the archive. */
  readonly target: string;
}

/** By name, `./` and slashes at the end taken off. Where a name comes twice the last one counts, as when unpacking. */
export type TarIndex = ReadonlyMap<string, TarFile | TarLink>;

const BLOCK = 512;
const MOST_ENTRIES = 100_000;
/** Of one extended header or long name. */
const LONGEST_EXTENSION = 1024 * 1024;
const LONGEST_NAME = 4096;

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder();

interface Header {
  readonly name: string;
  readonly linkName: string;
  readonly size: number;
  readonly type: string;
}

/** What an extended header says about the entry after it. */
interface Extension {
  path?: string;
  linkpath?: string;
  size?: number;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or base 256 behind a byte 0x80. NaN when it is neither, or more than 2^53. */
function number(field: Uint8Array): number {
  if (((field[0] ?? 0) & 0x80) === 0) {
    const digits = latin1
      .decode(field)
      .replace(/[\0 ]+$/, "")
      .trimStart();
    return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  }
  if (field[0] !== 0x80) return Number.NaN; // negative, or more than 88 bits
  const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function isSummedUp(block: Uint8Array): boolean {
  const stored = number(block.subarray(148, 156));
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return stored === sum;
}

function parseHeader(block: Uint8Array): Header | string {
  if (!isSummedUp(block)) return "a header's checksum is wrong";
  const size = number(block.subarray(124, 136));
  if (Number.isNaN(size)) return "a header's size is no number";
  const isUstar = latin1.decode(block.subarray(257, 263)) === "ustar\0";
  const prefix = isUstar ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  const flag = block[156] ?? 0;
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: text(block.subarray(157, 257)),
    size,
    type: flag === 0 ? "0" : String.fromCharCode(flag),
  };
}

/** Records `length key=value\n`; the length counts itself. */
function parseExtension(bytes: Uint8Array): Extension | string {
  const extension: Extension = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 || space - at > 8 ? Number.NaN : Number(latin1.decode(bytes.subarray(at, space)));
    const end = at + length;
    if (!Number.isInteger(length) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 10) {
      return "an extended header's record lies about its length";
    }
    const record = utf8.decode(bytes.subarray(space + 1, end - 1));
    const [key, value] = [record.slice(0, record.indexOf("=")), record.slice(record.indexOf("=") + 1)];
    if (key === "path" || key === "linkpath") extension[key] = value;
    if (key === "size") {
      if (!/^\d{1,16}$/.test(value)) return "an extended header's size is no number";
      extension.size = Number(value);
    }
    at = end;
  }
  return extension;
}

/** Without `./` in front and slashes at the end; undefined for names that lead elsewhere, which nobody will ask for. */
export function plainName(name: string): string | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? undefined : parts.join("/");
}

/**
 * Reads the index of a tar.
 * @throws TeuError `invalid` when it is no tar, cut short, or beyond all measure.
 */
export async function indexTar(handle: FileHandle, subject: string): Promise<TarIndex> {
  const refuse = (why: string) => new TeuError("invalid", `read the archive ${subject}: ${why}`);
  const end = (await handle.stat()).size;
  const index = new Map<string, TarFile | TarLink>();
  let extension: Extension = {};
  let entries = 0;
  for (let at = 0; at < end; ) {
    if (at + BLOCK > end) throw refuse("it is cut short, or is no tar");
    const block = await readRange({ handle, offset: at, size: BLOCK }, subject);
    if (block.every((byte) => byte === 0)) return index; // the end; what follows is padding
    const header = parseHeader(block);
    if (typeof header === "string") throw refuse(at === 0 ? "it is no tar" : header);
    if (++entries > MOST_ENTRIES) throw refuse(`it holds more than ${MOST_ENTRIES} entries`);

    const offset = at + BLOCK;
    const isMeta = "xgLK".includes(header.type);
    const size = isMeta ? header.size : (extension.size ?? header.size);
    const isFile = "07S".includes(header.type);
    const stored = isMeta || isFile ? size : 0;
    if (size > end || offset + stored > end) throw refuse(`${JSON.stringify(header.name.slice(0, 200))} is cut short`);
    at = offset + Math.ceil(stored / BLOCK) * BLOCK;

    if (isMeta) {
      if (size > LONGEST_EXTENSION) throw refuse(`an extended header has ${size} bytes, more than ${LONGEST_EXTENSION}`);
      const bytes = await readRange({ handle, offset, size }, subject);
      const parsed =
        header.type === "x"
          ? parseExtension(bytes)
          : header.type === "L"
            ? { path: text(bytes) }
            : header.type === "K"
              ? { linkpath: text(bytes) }
              : {};
      if (typeof parsed === "string") throw refuse(parsed);
      extension = { ...extension, ...parsed };
      continue;
    }
    const name = extension.path ?? header.name;
    const target = extension.linkpath ?? header.linkName;
    extension = {};
    if (name.length > LONGEST_NAME || target.length > LONGEST_NAME) throw refuse(`a name has more than ${LONGEST_NAME} characters`);
    const plain = plainName(name);
    if (plain === undefined) continue;
    if (header.type === "S") throw refuse(`${JSON.stringify(plain)} is a sparse file`);
    if (isFile) index.set(plain, { type: "file", offset, size });
    else if (header.type === "1" || header.type === "2") index.set(plain, { type: header.type === "1" ? "hardlink" : "symlink", target });
    else index.delete(plain);
  }
  return index;
}
