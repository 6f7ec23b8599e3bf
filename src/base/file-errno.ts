// Errors of node's file calls, told apart by the name of their errno.
import type { Errno } from "./errno.ts";

/** Whether an error came from a system call that failed with one of `names`. */
export function failedWith(error: unknown, ...names: readonly Errno[]): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  const texts: readonly unknown[] = names;
  return texts.includes(error.code);
}
