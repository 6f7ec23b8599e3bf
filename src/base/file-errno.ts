// Errors of node's file calls, told apart by the name of their errno.
import { ERRNO, type Errno, errnoPhrase } from "./errno.ts";

/** Whether an error came from a system call that failed with one of `names`. */
export function failedWith(error: unknown, ...names: readonly Errno[]): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  const texts: readonly unknown[] = names;
  return texts.includes(error.code);
}

/** What an error says in a sentence that names the file itself: `no such file or directory (ENOENT)`; its message where no system call failed. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const number = "code" in error ? Object.entries(ERRNO).find(([name]) => name === error.code)?.[1] : undefined;
  return number === undefined ? error.message : errnoPhrase(number);
}
