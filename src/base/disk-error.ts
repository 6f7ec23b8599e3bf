// A disk that takes no more, said as a person would: the one error of the file system that every store meets one day.
import { ERRNO, errnoPhrase } from "./errno.ts";
import { KernelError, TeuError } from "./errors.ts";
import { failedWith } from "./file-errno.ts";

const REFUSALS = ["ENOSPC", "EDQUOT", "EROFS"] as const;

/** What the file system refused with, whether we asked it or the launcher did. */
function refusalOf(error: unknown): (typeof REFUSALS)[number] | undefined {
  return REFUSALS.find((name) => failedWith(error, name) || (error instanceof KernelError && error.errno === ERRNO[name]));
}

/** Whether the file system refused to hold more, whoever asked it. */
export function isDiskRefusal(error: unknown): boolean {
  if (refusalOf(error) !== undefined) return true;
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === "SQLITE_FULL") || (error.cause !== undefined && isDiskRefusal(error.cause));
}

/** The error to throw for one that came up while doing `what` (`store blob sha256:…`): a sentence for a full disk, else itself. */
export function diskError(what: string, error: unknown): unknown {
  const name = refusalOf(error);
  if (name === undefined) return error;
  const advice = name === "EROFS" ? "" : "; make room, for example with: teu image prune"; // room is not what is missing there
  return new TeuError("unavailable", `${what}: ${errnoPhrase(ERRNO[name])}${advice}`, { cause: error });
}
