// One header block of a tar, of any dialect: v7, ustar, GNU, star.
import type { ByteString } from "../../../base/byte-string.ts";
import { refuse } from "../refuse.ts";
import { checksums, FIELDS, type Field, GNU_MAGIC, numberAt, STAR_MARK, textAt, USTAR_MAGIC } from "./fields.ts";

export interface TarHeader {
  /** The type flag, one character. */
  readonly flag: string;
  readonly name: ByteString;
  readonly target: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

type Dialect = "v7" | "ustar" | "gnu" | "star";

const ZERO_BLOCK = Buffer.alloc(512);

export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZERO_BLOCK);
}

/** @throws InvalidInputError naming the header by its place in the archive and the field. */
export function readHeader(block: Buffer, at: number): TarHeader {
  const place = `header at byte ${at}`;
  checkSum(block, place);
  const number = (name: keyof typeof FIELDS): number => {
    const value = numberAt(block, FIELDS[name]);
    return Number.isNaN(value) ? refuse(place, `the ${name} is neither octal nor a base-256 number that fits`) : value;
  };
  const dialect = dialectOf(block);
  const size = number("size");
  if (size < 0) refuse(place, `the size is ${size}`);
  return {
    flag: String.fromCharCode(block[FIELDS.type.offset] ?? 0),
    name: nameOf(block, dialect),
    target: textAt(block, FIELDS.target),
    mode: number("mode"),
    uid: number("uid"),
    gid: number("gid"),
    size,
    mtime: number("mtime"),
    major: dialect === "v7" ? 0 : number("major"),
    minor: dialect === "v7" ? 0 : number("minor"),
  };
}

function checkSum(block: Buffer, place: string): void {
  const wanted = numberAt(block, FIELDS.checksum);
  const { unsigned, signed } = checksums(block);
  if (wanted !== unsigned && wanted !== signed) refuse(place, `the checksum is not ${unsigned}: this is no tar, or a damaged one`);
}

function dialectOf(block: Buffer): Dialect {
  const magic = block.toString("latin1", FIELDS.magic.offset, FIELDS.magic.offset + FIELDS.magic.length);
  if (magic === GNU_MAGIC) return "gnu";
  if (!magic.startsWith(USTAR_MAGIC.slice(0, 6))) return "v7";
  const { offset, length } = FIELDS.starMark;
  return block.toString("latin1", offset, offset + length) === STAR_MARK ? "star" : "ustar";
}

/** GNU headers have times where ustar has the prefix; but Go before 1.8 wrote a prefix there, which no octal time looks like. */
function nameOf(block: Buffer, dialect: Dialect): ByteString {
  const name = textAt(block, FIELDS.name);
  if (dialect === "v7") return name;
  if (dialect === "gnu" && !hasBuggyPrefix(block)) return name;
  const prefix = textAt(block, dialect === "star" ? FIELDS.starPrefix : FIELDS.prefix);
  // Bytes and a slash are bytes.
  return prefix === "" ? name : (`${prefix}/${name}` as ByteString);
}

const GNU_TIMES: readonly Field[] = [
  { offset: 345, length: 12 },
  { offset: 357, length: 12 },
];

function hasBuggyPrefix(block: Buffer): boolean {
  const unread = GNU_TIMES.some((field) => block[field.offset] !== 0 && Number.isNaN(numberAt(block, field)));
  return unread && /^[ -~]+$/.test(textAt(block, FIELDS.prefix));
}
