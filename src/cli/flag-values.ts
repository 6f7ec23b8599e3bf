// What the text of a flag is read as, by the flag's type.
import { InvalidInputError, TeuError } from "../base/errors.ts";
import { parseDuration, parseSize } from "../base/units.ts";

export type FlagType = "boolean" | "string" | "size" | "duration" | "integer" | "pairs";

/** The value of a flag that was given. */
export type FlagValue = boolean | string | number | ReadonlyMap<string, string> | readonly (string | number)[];

/** What `--help` calls the value of a flag that does not say. */
export const VALUE_NAMES: Readonly<Record<FlagType, string>> = {
  boolean: "",
  string: "VALUE",
  size: "SIZE",
  duration: "DURATION",
  integer: "N",
  pairs: "KEY=VALUE",
};

/** Wrong use of the command line. */
export class UsageError extends TeuError {
  /** @param exitStatus docker's: 125 for a flag or its value, WRONG_CALL for what is wrong before a flag is looked at */
  constructor(
    message: string,
    readonly exitStatus = 125,
  ) {
    super("invalid", message);
  }
}

/** The exit status of a command that there is not, of a wrong number of arguments, and of flags that do not go together: of `run` too. */
export const WRONG_CALL = 1;

/** `--flag=false` is docker's and runc's way to take a default back. */
export function readBoolean(name: string, text: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw new UsageError(`--${name} is true or false, not ${JSON.stringify(text)}`);
}

/** A value of a flag that is no switch. @throws UsageError naming the flag. */
export function readScalar(name: string, type: FlagType, text: string): string | number {
  switch (type) {
    case "size":
      return inTermsOf(name, () => parseSize(text));
    case "duration":
      return inTermsOf(name, () => parseDuration(text));
    case "integer":
      if (!/^-?\d{1,15}$/.test(text)) throw new UsageError(`--${name}: ${JSON.stringify(text)} is not a whole number`);
      return Number(text);
    default:
      return text;
  }
}

/** `KEY=VALUE`; a key alone has an empty value, as in docker's --label. @throws UsageError naming the flag when the key is empty. */
export function readPair(name: string, text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  if (key === "") throw new UsageError(`--${name}: ${JSON.stringify(text)} is not KEY=VALUE`);
  return [key, equals < 0 ? "" : text.slice(equals + 1)];
}

function inTermsOf(name: string, read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new UsageError(`--${name}: ${error.message}`);
  }
}
