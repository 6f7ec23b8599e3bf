// Names inside a layer, made relative to its root: docker and umoci take "./a", "/a" and "a" for the same file, and so do we. What climbs
// out of the root is refused; a ".." that stays inside is taken away by its text, so that no link is ever followed to understand a name.
import type { ByteString } from "../../base/byte-string.ts";
import { refuse, shown } from "./refuse.ts";

/** PATH_MAX and NAME_MAX of Linux (limits.h): longer names can be made by no system call. */
const LONGEST_PATH = 4096;
const LONGEST_PART = 255;

/** Every name that is clean already, which is almost all of them: no slash at either end or doubled, no part that is `.` or `..`. */
const CLEAN = /^(?!\.{0,2}(?:\/|$))[^\0/]{1,255}(?:\/(?!\.{0,2}(?:\/|$))[^\0/]{1,255})*$/;

/**
 * The clean form of a name: no empty, `.` or `..` part, no slash at either end; empty for the root itself.
 * @throws InvalidInputError naming `field` when it leaves the root, is empty, holds a NUL or is too long.
 */
export function cleanName(name: ByteString, field = `entry ${shown(name)}`): ByteString {
  if (name.length < LONGEST_PATH && CLEAN.test(name)) return name;
  if (name === "") refuse(field, "the name is empty");
  if (name.includes("\0")) refuse(field, "the name holds a NUL byte");
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part.length > LONGEST_PART) refuse(field, `a part of the name is longer than ${LONGEST_PART} bytes`);
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) refuse(field, 'the name leaves the root by ".."');
  }
  const clean = parts.join("/");
  if (clean.length >= LONGEST_PATH) refuse(field, `the name is longer than ${LONGEST_PATH - 1} bytes`);
  // A part of bytes is a string of bytes.
  return clean as ByteString;
}

/** The directory that a clean name is in (empty: the root) and its last part. */
export function splitName(path: ByteString): { readonly directory: ByteString; readonly base: ByteString } {
  const slash = path.lastIndexOf("/");
  // Cut at a slash, bytes stay bytes.
  return { directory: path.slice(0, Math.max(slash, 0)) as ByteString, base: path.slice(slash + 1) as ByteString };
}

export function joinName(directory: ByteString, base: ByteString): ByteString {
  return directory === "" ? base : (`${directory}/${base}` as ByteString);
}
