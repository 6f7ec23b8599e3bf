// The fields of a tar header block: POSIX.1-2017 pax, "ustar Interchange Format", and what GNU tar and star put in their place
// (GNU tar manual, "Basic Tar Format"). Reader and writer walk the same table.
import type { ByteString } from "../../../base/byte-string.ts";

export interface Field {
  readonly offset: number;
  readonly length: number;
}

// biome-ignore format: table
export const FIELDS = {
  name:     { offset: 0,   length: 100 },
  mode:     { offset: 100, length: 8 },
  uid:      { offset: 108, length: 8 },
  gid:      { offset: 116, length: 8 },
  size:     { offset: 124, length: 12 },
  mtime:    { offset: 136, length: 12 },
  checksum: { offset: 148, length: 8 },
  type:     { offset: 156, length: 1 },
  target:   { offset: 157, length: 100 },
  magic:    { offset: 257, length: 8 },
  major:    { offset: 329, length: 8 },
  minor:    { offset: 337, length: 8 },
  prefix:   { offset: 345, length: 155 },
  /** star's prefix is shorter, for two times behind it; its mark stands at the end of the block. */
  starPrefix: { offset: 345, length: 131 },
  starMark:   { offset: 508, length: 4 },
  /** Old GNU sparse files: four ranges, then whether blocks with more follow, then the whole size. */
  gnuRanges:   { offset: 386, length: 96 },
  gnuMore:     { offset: 482, length: 1 },
  gnuRealSize: { offset: 483, length: 12 },
  /** A block of more ranges: twenty-one, then whether another follows. */
  moreRanges:  { offset: 0,   length: 504 },
  moreMore:    { offset: 504, length: 1 },
} satisfies Readonly<Record<string, Field>>;

export const USTAR_MAGIC = "ustar\x0000";
export const GNU_MAGIC = "ustar  \0";
export const STAR_MARK = "tar\0";

const SPACE = 0x20;

/** Up to the first NUL. */
export function textAt(block: Buffer, { offset, length }: Field): ByteString {
  const nul = block.indexOf(0, offset);
  const end = nul < 0 || nul > offset + length ? offset + length : nul;
  // latin1 has a character for each byte.
  return block.toString("latin1", offset, end) as ByteString;
}

/** An octal number among spaces and NULs (none: 0), or GNU's base 256, marked by its first bit and in two's complement. NaN when it is neither. */
export function numberAt(block: Buffer, { offset, length }: Field): number {
  const first = block[offset] ?? 0;
  return (first & 0x80) === 0 ? octal(block, offset, offset + length) : base256(block, first, offset, offset + length);
}

function octal(block: Buffer, start: number, stop: number): number {
  const isFiller = (at: number) => block[at] === SPACE || block[at] === 0;
  let [from, to] = [start, stop];
  while (from < to && isFiller(from)) from++;
  let value = 0;
  for (; from < to && !isFiller(from); from++) {
    const digit = (block[from] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) return Number.NaN;
    value = value * 8 + digit;
  }
  while (to > from && isFiller(to - 1)) to--;
  return from === to ? value : Number.NaN;
}

function base256(block: Buffer, first: number, start: number, stop: number): number {
  const negative = (first & 0x40) !== 0;
  let value = negative ? (first & 0x7f) - 0x80 : first & 0x3f;
  for (let at = start + 1; at < stop; at++) value = value * 256 + (block[at] ?? 0);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** The sums of a header with its checksum field read as spaces; some old writers summed signed bytes. */
export function checksums(block: Buffer): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 0;
  let high = 0;
  for (let at = 0; at < block.length; at++) {
    const byte = block[at] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  const { offset, length } = FIELDS.checksum;
  for (let at = offset; at < offset + length; at++) {
    const byte = block[at] ?? 0;
    unsigned += SPACE - byte;
    high -= byte >> 7;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

/** Writes a text; what does not fit is cut. */
export function putText(block: Buffer, { offset, length }: Field, text: string): void {
  block.write(text, offset, length, "latin1");
}

/** Writes an octal number and a NUL. @returns whether it fits. */
export function putOctal(block: Buffer, { offset, length }: Field, value: number): boolean {
  const digits = value.toString(8).padStart(length - 1, "0");
  if (value < 0 || digits.length >= length) return false;
  block.write(`${digits}\0`, offset, length, "latin1");
  return true;
}
