// Signals of a foreground run go to the container: to the launcher, which hands them on by pidfd.
import { constants } from "node:os";
import type { Launched } from "../kernel/launch/launcher.ts";

/** Not forwarded: those nobody can catch, those the kernel sends us about ourselves, and those of our own children and terminal. */
const OWN = new Set<string>([
  "SIGKILL",
  "SIGSTOP",
  "SIGCHLD",
  "SIGSEGV",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGIOT",
  "SIGPIPE",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGCONT",
  "SIGURG",
  "SIGSYS",
  "SIGPROF",
  "SIGVTALRM",
  "SIGPOLL",
  "SIGIO",
  "SIGSTKFLT",
  "SIGUNUSED",
]);

/** Forwards until the container has ended. */
export function forwardSignals(launched: Launched): void {
  for (const [name, number] of Object.entries(constants.signals)) {
    if (!OWN.has(name)) process.on(name, () => launched.kill(number));
  }
}
