// What the forms of storage flags share: places in a container, and the words of `-v`.
import { posix } from "node:path";
import { InvalidInputError } from "../../../base/errors.ts";

export function refusal(text: string, message: string): InvalidInputError {
  return new InvalidInputError("a mount", [{ field: text, message }]);
}

/** A place in the container, absolute and clean. @throws InvalidInputError, in docker's words */
export function destinationOf(text: string, path: string): string {
  if (!path.startsWith("/")) throw refusal(text, `invalid mount path: '${path}' mount path must be absolute`);
  const clean = posix.resolve(path);
  if (clean === "/") throw refusal(text, "invalid specification: destination can't be '/'");
  return clean;
}

/** A path inside a volume or an image. @throws InvalidInputError */
export function subpathOf(text: string, path: string): string {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || parts.includes(".."))
    throw refusal(text, `${JSON.stringify(path)} is not a relative path below the source`);
  return posix.normalize(path);
}

const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

export function asPropagation(word: string): Propagation | undefined {
  return PROPAGATIONS.find((known) => known === word);
}
