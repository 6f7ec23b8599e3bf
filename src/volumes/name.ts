// Names of volumes, by docker's rule. A name is also that of a directory, and never begins with the point that our own directories begin with.
import { TeuError } from "../base/errors.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const SHORTEST = 2;
/** NAME_MAX. */
const LONGEST = 255;

/** @throws TeuError `invalid` for what is no name */
export function parseVolumeName(name: string): string {
  if (!NAME.test(name)) {
    throw new TeuError(
      "invalid",
      `${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed; if you intended to pass a host directory, use absolute path`,
    );
  }
  if (name.length < SHORTEST)
    throw new TeuError("invalid", "volume name is too short, names should be at least two alphanumeric characters");
  if (name.length > LONGEST) throw new TeuError("invalid", `volume name is too long, names have at most ${LONGEST} characters`);
  return name;
}

export function isVolumeName(name: string): boolean {
  return NAME.test(name) && name.length >= SHORTEST && name.length <= LONGEST;
}
