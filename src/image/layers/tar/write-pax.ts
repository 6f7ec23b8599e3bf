// The PAX records that a member needs, and their bytes; the map of a sparse file in GNU's format 1.0.
import type { Extent, Timestamp, TreeEntry, Xattr } from "../../../spec/tree-entry.ts";
import { padding } from "./member.ts";

/** Keys and values as bytes; those that no header field is too small for. */
export function recordsFor({ mtime, xattrs = [] }: TreeEntry): Map<string, string> {
  const records = new Map(xattrs.map(xattrRecord));
  if (mtime.nanoseconds !== 0 || mtime.seconds < 0) records.set("mtime", decimal(mtime));
  return records;
}

/** A key ends at its first `=`, so a name that has one is written as libarchive would. */
function xattrRecord({ name, value }: Xattr): readonly [string, string] {
  const bytes = Buffer.from(value);
  if (!name.includes("=")) return [`SCHILY.xattr.${name}`, bytes.toString("latin1")];
  const encoded = name.replaceAll(/[^!-~]|[%=]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
  return [`LIBARCHIVE.xattr.${encoded}`, bytes.toString("base64")];
}

/** Seconds with as many decimals as it takes; before the epoch the fraction counts from the whole second towards it. */
function decimal({ seconds, nanoseconds }: Timestamp): string {
  const before = seconds < 0 && nanoseconds > 0;
  const whole = before ? -(seconds + 1) : Math.abs(seconds);
  const fraction = before ? 1e9 - nanoseconds : nanoseconds;
  const digits = fraction === 0 ? "" : `.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
  return `${seconds < 0 ? "-" : ""}${whole}${digits}`;
}

/** The body of an extended header, in the order of the keys; hdrcharset first, since it says how to read the others. */
export function paxRecords(records: ReadonlyMap<string, string>): Buffer {
  const rank = (key: string) => (key === "hdrcharset" ? 0 : 1);
  const sorted = [...records].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Buffer.from(sorted.map(([key, value]) => record(key, value)).join(""), "latin1");
}

/** The length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return length + rest;
}

/** A file that ends with a hole ends its map with an empty range, by which GNU tar knows how far to stretch it. */
export function sparseMap(extents: readonly Extent[], size: number): Buffer {
  const last = extents.at(-1);
  const stretched = last !== undefined && last.offset + last.length === size ? extents : [...extents, { offset: size, length: 0 }];
  const lines = [stretched.length, ...stretched.flatMap(({ offset, length }) => [offset, length])].map((number) => `${number}\n`).join("");
  return Buffer.concat([Buffer.from(lines, "latin1"), Buffer.alloc(padding(lines.length))]);
}

/** Whether the bytes are UTF-8: then they come back from their text. */
export function isUtf8(name: string): boolean {
  const bytes = Buffer.from(name, "latin1");
  return Buffer.from(bytes.toString("utf8"), "utf8").equals(bytes);
}
