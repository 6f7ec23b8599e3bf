// What people read of an error that a command did not make a sentence of. A failure of the disk or of the database may come up anywhere: no stack
// is of any use then. What is left is a fault of this program, which the stack tells about.
import { databaseError } from "../base/database.ts";
import { TeuError } from "../base/errors.ts";

/** What went wrong first: letting go of what was held may then fail, too, for the same reason (a full disk). */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}

export function errorText(error: unknown): string {
  const told = isOfSqlite(error) ? databaseError("the database", error) : error;
  if (told instanceof TeuError) return told.message;
  if (!(told instanceof Error)) return String(told);
  return isOfSystem(told) ? plain(told.message) : (told.stack ?? told.message);
}

/** An error that is known by what it is about, and not by where it came up. */
function isOfSystem(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code) && "syscall" in error;
}

function isOfSqlite(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_");
}

/** `ENOSPC: no space left on device, write` -> `write: no space left on device (ENOSPC)`, as our own sentences go. */
function plain(message: string): string {
  const [, name, phrase, call] = /^([A-Z0-9]+): ([^,]+), (.*)$/s.exec(message) ?? [];
  return name === undefined ? message : `${call}: ${phrase} (${name})`;
}
