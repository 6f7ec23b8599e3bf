// The header blocks of a tar that is written: ustar (POSIX.1-2017 pax, "ustar Interchange Format"), with what does not fit in PAX records.
import type { ByteString } from "../../../base/byte-string.ts";
import { TeuError } from "../../../base/errors.ts";
import type { EntryType, TreeEntry } from "../../../spec/tree-entry.ts";
import { shown } from "../refuse.ts";
import { checksums, FIELDS, type Field, putOctal, putText, USTAR_MAGIC } from "./fields.ts";
import { BLOCK } from "./member.ts";
import { isUtf8 } from "./write-pax.ts";

const FLAGS: Readonly<Record<EntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

export function wrong(name: string, why: string): TeuError {
  return new TeuError("invalid", `write the tar entry ${name}: ${why}`);
}

/** Directories end with a slash, for readers of the oldest format; the root is `./`. */
export function spelled({ path, type }: TreeEntry): ByteString {
  // A slash more is still bytes.
  return type === "directory" ? (`${path === "" ? "." : path}/` as ByteString) : path;
}

/** What does not fit goes to the records, and a part of it to the header. */
export function headerBlock(entry: TreeEntry, name: ByteString, stored: number, records: Map<string, string>): Buffer {
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

/** The header of PAX records. Readers that know none make a file of this name; every other ignores it. */
export function extensionHeader(name: ByteString, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const last =
    ascii(name)
      .split("/")
      .findLast((part) => part !== "") ?? "";
  putText(block, FIELDS.name, `PaxHeaders.0/${last}`.slice(0, FIELDS.name.length));
  seal(block, "x", { mode: 0o644, uid: 0, gid: 0, size, mtime: 0 });
  return block;
}
