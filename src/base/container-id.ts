// Container ids: names of directories below a root, so a hostile one must not leave it.
import { TeuError } from "./errors.ts";

declare const idBrand: unique symbol;
export type ContainerId = string & { readonly [idBrand]: true };

const ID = /^[\w+.-]{1,1024}$/;

/** @throws TeuError `invalid` unless the text is made of letters, digits, `_`, `+`, `-`, `.`, and is not `.` or `..` (runc's rule). */
export function parseContainerId(text: string): ContainerId {
  if (!ID.test(text) || text === "." || text === "..") {
    throw new TeuError("invalid", `container id ${JSON.stringify(text.slice(0, 64))}: must be 1 to 1024 of letters, digits, _ + - .`);
  }
  return text as ContainerId;
}
