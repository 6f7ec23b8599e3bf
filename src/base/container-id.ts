// Container ids: the names of directories, sockets and cgroups, so that a bad one would be a path into other people's files.
import { InvalidInputError } from "./errors.ts";

declare const idBrand: unique symbol;
/** An id that is safe as a file name. */
export type ContainerId = string & { readonly [idBrand]: true };

/** runc's rule, so that whoever calls a runtime keeps its ids: letters, digits, `_`, `+`, `-`, `.`. */
const FORM = /^[\w+.-]+$/;

/** docker's short form of an id: so many of its first digits. */
export const SHORT_ID = 12;

/** NAME_MAX (limits.h), less what is put around an id: `teu-` … `.scope`, `.tmp`. */
const MOST_CHARACTERS = 200;

/**
 * Takes a text as a container's id.
 * @throws InvalidInputError when it is empty, too long, `.`, `..` or has other characters.
 */
export function parseContainerId(text: string): ContainerId {
  if (!FORM.test(text) || text === "." || text === "..") throw refusal(text, "must be made of letters, digits, _ + - and . alone");
  if (text.length > MOST_CHARACTERS) throw refusal(text, `must not be longer than ${MOST_CHARACTERS} characters`);
  return text as ContainerId;
}

function refusal(text: string, message: string): InvalidInputError {
  return new InvalidInputError(`container id ${JSON.stringify(text.slice(0, MOST_CHARACTERS))}`, [{ field: "id", message }]);
}
