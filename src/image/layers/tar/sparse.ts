// Where a sparse file has data, in the four ways that GNU tar has written it: in the header ("old GNU"), and in PAX records or in front of
// the data (formats 0.0, 0.1 and 1.0; GNU tar manual, "Storing Sparse Files").
import type { Extent } from "../../../spec/tree-entry.ts";
import { refuse } from "../refuse.ts";
import { type Field, numberAt } from "./fields.ts";
import { type PaxRecords, wholeNumber } from "./pax.ts";

export interface SparseMap {
  /** Size of the file, holes included. */
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Bytes of one range in a header: offset and length, twelve each. */
const RANGE = 24;

/** The ranges of a header or of a block of more; an empty one ends the list. */
export function rangesAt(block: Buffer, { offset, length }: Field, place: string): readonly Extent[] {
  const ranges: Extent[] = [];
  for (let at = offset; at + RANGE <= offset + length && block[at] !== 0; at += RANGE) {
    const range = { offset: numberAt(block, { offset: at, length: 12 }), length: numberAt(block, { offset: at + 12, length: 12 }) };
    if (Number.isNaN(range.offset) || Number.isNaN(range.length)) refuse(place, "a range of the sparse map is no number");
    ranges.push(range);
  }
  return ranges;
}

/** The map of formats 0.0 and 0.1; `"in-data"` for 1.0; undefined when the file is not sparse. */
export function paxSparse(
  records: PaxRecords,
  place: string,
): { readonly size: number; readonly extents: readonly Extent[] | "in-data" } | undefined {
  const { values } = records;
  const version = `${values.get("GNU.sparse.major") ?? ""}.${values.get("GNU.sparse.minor") ?? ""}`;
  const size = wholeNumber(values, "GNU.sparse.realsize", place) ?? wholeNumber(values, "GNU.sparse.size", place);
  if (version === "1.0") return { size: size ?? refuse(place, "GNU.sparse.realsize is missing"), extents: "in-data" };
  if (![".", "0.0", "0.1"].includes(version)) return refuse(place, "the GNU sparse format is none of 0.0, 0.1 and 1.0");
  const map = values.get("GNU.sparse.map");
  const count = wholeNumber(values, "GNU.sparse.numblocks", place);
  if (map === undefined && count === undefined && records.ranges.length === 0) return undefined;
  const numbers = (map === undefined || map === "" ? records.ranges : map.split(",")).map((text) => mapNumber(text, place));
  if (numbers.length !== 2 * (count ?? -1)) refuse(place, "GNU.sparse.numblocks is not the number of ranges");
  return { size: size ?? refuse(place, "GNU.sparse.size is missing"), extents: pairs(numbers) };
}

/** The map of format 1.0: decimal lines in front of the data, filled up to whole blocks. Fed block by block. */
export class DataMap {
  readonly #place: string;
  readonly #most: number;
  readonly #numbers: number[] = [];
  #count: number | undefined;
  #line = "";

  /** `most`: ranges that are allowed. */
  constructor(place: string, most: number) {
    this.#place = place;
    this.#most = most;
  }

  /** @returns the ranges, when this block has ended the map. */
  feed(block: Buffer): readonly Extent[] | undefined {
    const lines = (this.#line + block.toString("latin1", 0, block.length)).split("\n");
    for (const text of lines.slice(0, -1)) {
      if (this.#count === undefined) this.#count = this.#checkCount(mapNumber(text, this.#place));
      else this.#numbers.push(mapNumber(text, this.#place));
      if (this.#numbers.length === 2 * this.#count) return pairs(this.#numbers);
    }
    this.#line = lines.at(-1) ?? "";
    if (this.#line.length > 20) refuse(this.#place, "a line of the sparse map is longer than a number");
    return undefined;
  }

  #checkCount(count: number): number {
    return count > this.#most ? refuse(this.#place, `the sparse map has ${count} ranges, more than ${this.#most}`) : count;
  }
}

function mapNumber(text: string, place: string): number {
  const value = Number(text);
  return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : refuse(place, "the sparse map holds what is no number");
}

function pairs(numbers: readonly number[]): readonly Extent[] {
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] ?? 0,
    length: numbers[2 * index + 1] ?? 0,
  }));
}

/**
 * The map without its empty ranges, checked: in order, apart, inside the file, and of as many bytes as are stored.
 * @throws InvalidInputError
 */
export function checkMap(map: SparseMap, stored: number, most: number, place: string): readonly Extent[] {
  if (map.extents.length > most) refuse(place, `the sparse map has ${map.extents.length} ranges, more than ${most}`);
  let [end, sum] = [0, 0];
  for (const { offset, length } of map.extents) {
    if (offset < end || length < 0) refuse(place, "the ranges of the sparse map overlap or are out of order");
    end = offset + length;
    sum += length;
    if (end > map.size) refuse(place, `the sparse map goes beyond the size of ${map.size} bytes`);
  }
  if (sum !== stored) refuse(place, `the sparse map tells of ${sum} bytes, ${stored} are stored`);
  return map.extents.filter(({ length }) => length > 0);
}
