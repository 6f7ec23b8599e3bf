// POSIX access control lists, which star, GNU tar and libarchive write as text (acl(5), "Long" and "Short Text Form") and the kernel keeps
// in an attribute of bytes (linux/posix_acl_xattr.h).

const VERSION = 2;
/** Of an entry that names nobody. */
const NOBODY = 0xffff_ffff;

/** Tags, by the word and whether somebody is named. */
const TAGS: Readonly<Record<string, number>> = { user: 1, "user of": 2, group: 4, "group of": 8, mask: 16, other: 32 };
const WORDS: Readonly<Record<string, string>> = { u: "user", g: "group", m: "mask", o: "other" };

interface AclEntry {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

/**
 * The attribute of an ACL's text; undefined when the text is no ACL, or names somebody without a number: whom a name means is for the
 * image's own users, which are not known while it is unpacked.
 */
export function aclAttribute(text: string): Uint8Array | undefined {
  const lines = text.split(/[\n,]/).map((line) => line.replace(/#.*/, "").trim());
  const entries = lines.filter((line) => line !== "").map(aclEntry);
  const found = entries.filter((entry) => entry !== undefined);
  if (found.length !== entries.length || found.length < 3) return undefined;
  const bytes = Buffer.alloc(4 + 8 * found.length);
  bytes.writeUInt32LE(VERSION, 0);
  // The kernel refuses them in any other order.
  const sorted = found.toSorted((a, b) => a.tag - b.tag || a.id - b.id);
  for (const [index, { tag, permissions, id }] of sorted.entries()) {
    const at = 4 + 8 * index;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(permissions, at + 2);
    bytes.writeUInt32LE(id, at + 4);
  }
  return bytes;
}

/** `user:NAME:rwx`, with the number behind a fourth colon or in the place of the name. */
function aclEntry(line: string): AclEntry | undefined {
  const [, start = "", who = "", letters = "", number = who] = /^([a-z]+):([^:]*):([r-][w-][x-])(?::([0-9]+))?$/.exec(line) ?? [];
  const word = WORDS[start] ?? start;
  const tag = TAGS[who === "" ? word : `${word} of`];
  const id = Number(number);
  const isKnown = who === "" || (/^[0-9]+$/.test(number) && id < NOBODY);
  if (tag === undefined || !isKnown) return undefined;
  const permissions = [..."rwx"].reduce((bits, letter) => 2 * bits + (letters.includes(letter) ? 1 : 0), 0);
  return { tag, permissions, id: who === "" ? NOBODY : id };
}
