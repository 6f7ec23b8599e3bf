// `--cidfile`: the container's id in a file that was not there. It is made before the container, so that nobody has one without the other.
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { InvalidInputError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";

export interface Cidfile {
  write(id: string): void;
  /** Takes the file back: there is no such container. */
  drop(): void;
}

/** @throws InvalidInputError when the file is there, or cannot be made */
export function makeCidfile(path: string): Cidfile {
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o644);
  } catch (error) {
    const why = failedWith(error, "EEXIST") ? "exists: delete it to go on" : `cannot be made: ${error}`;
    throw new InvalidInputError("the command line", [{ field: "--cidfile", message: `${path} ${why}` }]);
  }
  return {
    write(id) {
      writeSync(fd, id);
      closeSync(fd);
    },
    drop: () => rmSync(path, { force: true }),
  };
}
