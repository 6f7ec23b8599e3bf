// What nft(8) keeps with an object and the kernel does not look at: a list of types, lengths and values of a byte each (libnftnl,
// udata.h). Ours has it so that `nft list ruleset` shows comments, and sets with their types.
import { TeuError } from "../../../base/errors.ts";

/** Types of comments, by what has them. */
export const COMMENT = { table: 0, rule: 0, set: 7, element: 0 } as const;
/** Types of a set's: in which order the bytes of keys and data are. */
export const BYTE_ORDER = { key: 0, data: 1 } as const;

const MOST = 255;

/** @throws TeuError `internal` for a value of more than 255 bytes, which has no place in it */
export function userdata(values: Readonly<Record<number, Uint8Array>>): Uint8Array {
  const entries = Object.entries(values);
  if (entries.some(([, value]) => value.length > MOST))
    throw new TeuError("internal", `a comment in nf_tables has more than ${MOST - 1} bytes`);
  return Uint8Array.from(entries.flatMap(([type, value]) => [Number(type), value.length, ...value]));
}

/** The values by type; what is torn is left out. */
export function readUserdata(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at + 2 <= bytes.length; ) {
    const [type = 0, length = 0] = bytes.subarray(at, at + 2);
    at += 2;
    if (at + length > bytes.length) break;
    found.set(type, bytes.slice(at, at + length));
    at += length;
  }
  return found;
}
