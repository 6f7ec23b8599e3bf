// Makes a member of what tells about it: its header, the extension headers before it, and the global ones before those.
import type { ByteString } from "../../../base/byte-string.ts";
import type { EntryType } from "../../../spec/tree-entry.ts";
import { refuse, shown } from "../refuse.ts";
import { FIELDS, numberAt } from "./fields.ts";
import type { TarHeader } from "./header.ts";
import type { TarMember } from "./member.ts";
import { NO_RECORDS, type PaxRecords, timestamp, wholeNumber, xattrsOf } from "./pax.ts";
import { paxSparse, rangesAt, type SparseMap } from "./sparse.ts";

/** What stood before a header. */
export interface Extensions {
  readonly records: PaxRecords;
  readonly longName: ByteString | undefined;
  readonly longTarget: ByteString | undefined;
}

export const NO_EXTENSIONS: Extensions = { records: NO_RECORDS, longName: undefined, longTarget: undefined };

/** How the data of a member begin. */
export type SparseStart =
  | { readonly kind: "none" }
  /** The map is known. */
  | { readonly kind: "map"; readonly map: SparseMap }
  /** Blocks with more ranges follow the header. */
  | { readonly kind: "more-blocks"; readonly map: SparseMap }
  /** The map stands in front of the data. */
  | { readonly kind: "in-data"; readonly size: number };

export interface Assembled {
  readonly member: TarMember;
  /** Bytes that are stored. */
  readonly stored: number;
  readonly sparse: SparseStart;
}

/** Type flags. Those of directories in GNU's incremental archives (`D`) carry a list of names, which is skipped. */
const TYPES: Readonly<Record<string, EntryType>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  S: "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  D: "directory",
  "6": "fifo",
};

const WITH_DATA: ReadonlySet<string> = new Set(["\0", "0", "7", "S", "D"]);

/** Of global records these mean nothing: they would give every member the same name, size or map. */
const NEVER_GLOBAL = /^(path|linkpath|size|hdrcharset|GNU\.sparse\..*|SCHILY\.realsize)$/;

/** A member's own records over the global ones; an empty value takes a global one back. */
export function overGlobal(own: PaxRecords, global: ReadonlyMap<string, ByteString>): PaxRecords {
  if (global.size === 0) return own;
  return { values: new Map([...[...global].filter(([key]) => !NEVER_GLOBAL.test(key)), ...own.values]), ranges: own.ranges };
}

/** @throws InvalidInputError naming the member. */
export function assemble(header: TarHeader, block: Buffer, { records, longName, longTarget }: Extensions): Assembled {
  const { values } = records;
  const rawName = longName ?? textRecord(values, "path") ?? header.name;
  const place = `entry ${shown(rawName)}`;
  const sparse = sparseStart(header, block, records, place);
  const name = sparse.kind === "none" ? rawName : (textRecord(values, "GNU.sparse.name") ?? rawName);
  const type = typeOf(header.flag, name, place);
  const declared = wholeNumber(values, "size", place) ?? header.size;
  const stored = WITH_DATA.has(header.flag) && !(header.flag === "\0" && type === "directory") ? declared : 0;
  const xattrs = values.size === 0 ? [] : xattrsOf(values, place);
  const member: TarMember = {
    path: name,
    type,
    mode: header.mode & 0o7777,
    uid: wholeNumber(values, "uid", place) ?? header.uid,
    gid: wholeNumber(values, "gid", place) ?? header.gid,
    mtime: timestamp(values, "mtime", place) ?? { seconds: header.mtime, nanoseconds: 0 },
    size: type === "file" ? stored : 0,
    ...(type === "symlink" || type === "hardlink" ? { target: longTarget ?? textRecord(values, "linkpath") ?? header.target } : {}),
    ...(type === "char" || type === "block" ? { device: { major: header.major, minor: header.minor } } : {}),
    ...(xattrs.length === 0 ? {} : { xattrs }),
  };
  return { member, stored, sparse };
}

function textRecord(values: ReadonlyMap<string, ByteString>, key: string): ByteString | undefined {
  const text = values.get(key);
  return text === "" ? undefined : text;
}

/** v7 had no flag for directories: their names end with a slash. */
function typeOf(flag: string, name: ByteString, place: string): EntryType {
  if (flag === "\0" && name.endsWith("/")) return "directory";
  return TYPES[flag] ?? refuse(place, `its type ${JSON.stringify(flag)} is none that a layer can hold`);
}

function sparseStart(header: TarHeader, block: Buffer, records: PaxRecords, place: string): SparseStart {
  if (header.flag === "S") {
    const map = { size: numberAt(block, FIELDS.gnuRealSize), extents: rangesAt(block, FIELDS.gnuRanges, place) };
    if (Number.isNaN(map.size) || map.size < 0) refuse(place, "the size of the sparse file is no number");
    return { kind: block[FIELDS.gnuMore.offset] === 0 ? "map" : "more-blocks", map };
  }
  if (!["\0", "0", "7"].includes(header.flag) || records.values.size === 0) return { kind: "none" };
  const found = paxSparse(records, place);
  if (found === undefined) return { kind: "none" };
  const { size, extents } = found;
  return extents === "in-data" ? { kind: "in-data", size } : { kind: "map", map: { size, extents } };
}
