// Signals of a foreground run go to the container: to the launcher, which hands them on by pidfd.
import { SIGNALS, type SignalName } from "../kernel/tables/signals.ts";

/**
 * What is handed on. Not those that nobody can catch, that the kernel sends us about ourselves, of our own children, and of job control,
 * which mean this process and the caller's shell; nor SIGPWR, by which the JavaScript engine suspends its threads.
 */
const FORWARDED = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGWINCH",
] as const satisfies readonly SignalName[];

export interface SignalTarget {
  kill(signal: number): void;
  /** It has a terminal of its own, which tells it when the window changes. */
  readonly terminal?: boolean;
}

/** Forwards until the container has ended. */
export function forwardSignals(target: SignalTarget): void {
  for (const name of FORWARDED) if (target.terminal !== true || name !== "SIGWINCH") process.on(name, () => target.kill(SIGNALS[name]));
}
