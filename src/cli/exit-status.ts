// Error code → exit status, one table: docker's and podman's numbers.
import { type ErrorCode, TeuError } from "../base/errors.ts";
import { UsageError } from "./flag-values.ts";

const EXIT_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 125,
  "not-found": 125,
  conflict: 125,
  unsupported: 125,
  denied: 125,
  unavailable: 125,
  kernel: 125,
  "command-not-found": 127,
  "command-not-executable": 126,
  internal: 125,
};

/** The exit status of a command that ended with an error. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof UsageError) return error.exitStatus;
  return error instanceof TeuError ? EXIT_STATUS[error.code] : EXIT_STATUS.internal;
}
