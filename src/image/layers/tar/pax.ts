// PAX records: POSIX.1-2017 pax, "pax Extended Header". A record is `LENGTH KEY=VALUE\n`, LENGTH counting all of it.
import { type ByteString, toBytes } from "../../../base/byte-string.ts";
import type { Timestamp, Xattr } from "../../../spec/tree-entry.ts";
import { refuse } from "../refuse.ts";
import { aclAttribute } from "./acl.ts";

/** Records of one header. Of a key that comes twice the last counts, but for the two that list the ranges of GNU's sparse format 0.0. */
export interface PaxRecords {
  readonly values: ReadonlyMap<string, ByteString>;
  /** Values of `GNU.sparse.offset` and `GNU.sparse.numbytes`, which must take turns. */
  readonly ranges: readonly ByteString[];
}

export const NO_RECORDS: PaxRecords = { values: new Map(), ranges: [] };

const RANGE_KEYS = ["GNU.sparse.offset", "GNU.sparse.numbytes"];

/** Values that no NUL may end early: a name that two readers see differently is an attack. */
const TEXT_KEYS: ReadonlySet<string> = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

/** Character sets that leave names as the bytes they are. */
const CHARSETS: ReadonlySet<string> = new Set(["BINARY", "ISO-IR 10646 2000 UTF-8"]);

/** @throws InvalidInputError naming the header by its place. */
export function parseRecords(body: Buffer, place: string): PaxRecords {
  const values = new Map<string, ByteString>();
  const ranges: ByteString[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = body.toString("latin1", at, space < 0 ? at : Math.min(space, at + 20));
    const end = at + Number(digits);
    const bounded = /^[0-9]+$/.test(digits) && end <= body.length && end > space + 1 && body[end - 1] === 0x0a;
    if (!bounded) refuse(place, `the PAX record at its byte ${at} lies about its length`);
    const record = body.toString("latin1", space + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals <= 0) refuse(place, `the PAX record at its byte ${at} has no key`);
    const key = record.slice(0, equals);
    // latin1 has a character for each byte.
    const value = record.slice(equals + 1) as ByteString;
    checkRecord(key, value, place);
    if (RANGE_KEYS.includes(key)) {
      if (key !== RANGE_KEYS[ranges.length % 2]) refuse(place, "GNU.sparse.offset and GNU.sparse.numbytes do not take turns");
      ranges.push(value);
    } else values.set(key, value);
    at = end;
  }
  return { values, ranges };
}

function checkRecord(key: string, value: ByteString, place: string): void {
  if (key.includes("\0")) refuse(place, "the key of a PAX record holds a NUL byte");
  if (TEXT_KEYS.has(key) && value.includes("\0")) refuse(place, `the PAX record ${key} holds a NUL byte`);
  if (key === "hdrcharset" && value !== "" && !CHARSETS.has(value)) refuse(place, "hdrcharset is neither BINARY nor UTF-8");
}

/** A whole number that is not negative; undefined without the record, or with an empty one, which takes back a global one. */
export function wholeNumber(values: ReadonlyMap<string, string>, key: string, place: string): number | undefined {
  const text = values.get(key) ?? "";
  if (text === "") return undefined;
  const value = Number(text);
  const fits = /^[0-9]+$/.test(text) && Number.isSafeInteger(value);
  return fits ? value : refuse(place, `the PAX record ${key} is no whole number that fits`);
}

/** `-1.5` is a second and a half before the epoch; digits beyond nanoseconds are cut. */
export function timestamp(values: ReadonlyMap<string, string>, key: string, place: string): Timestamp | undefined {
  const text = values.get(key) ?? "";
  if (text === "") return undefined;
  const [, sign, whole = "", fraction = ""] = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(text) ?? [];
  const seconds = Number(whole);
  if (sign === undefined || !Number.isSafeInteger(seconds)) return refuse(place, `the PAX record ${key} is no time`);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (sign === "" || (seconds === 0 && nanoseconds === 0)) return { seconds, nanoseconds };
  return nanoseconds === 0 ? { seconds: -seconds, nanoseconds } : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

const SCHILY = "SCHILY.xattr.";
const LIBARCHIVE = "LIBARCHIVE.xattr.";

const ACLS = [
  ["SCHILY.acl.access", "system.posix_acl_access"],
  ["SCHILY.acl.default", "system.posix_acl_default"],
] as const;

/** Extended attributes: star's and GNU tar's records hold the bytes, libarchive's the name in URL encoding and the value in base64. */
export function xattrsOf(values: ReadonlyMap<string, ByteString>, place: string): readonly Xattr[] {
  const found = new Map<string, Uint8Array>();
  for (const [key, value] of values)
    if (key.startsWith(LIBARCHIVE)) found.set(decodeName(key.slice(LIBARCHIVE.length), place), decodeValue(value));
  for (const [key, value] of values) if (key.startsWith(SCHILY)) found.set(key.slice(SCHILY.length), toBytes(value));
  for (const [key, name] of ACLS) {
    const value = aclAttribute(values.get(key) ?? "");
    if (value !== undefined && !found.has(name)) found.set(name, value);
  }
  // SELinux labels have a record of their own in GNU tar's archives, with the NUL left out that the kernel keeps.
  const label = values.get("RHT.security.selinux");
  if (label !== undefined && !found.has("security.selinux")) found.set("security.selinux", toBytes(label));
  // Keys were read as bytes.
  return [...found].map(([name, value]) => ({ name: name as ByteString, value }));
}

function decodeName(encoded: string, place: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) refuse(place, "the name of a LIBARCHIVE.xattr record is not in URL encoding");
  return encoded.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

const decodeValue = (text: string): Uint8Array => Buffer.from(text, "base64");
