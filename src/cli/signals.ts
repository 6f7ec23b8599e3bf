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
}

/**
 * Keeps signals from ending this process from now on; what comes is held until there is somebody to hand it to.
 * To be called before the container is made: its program may run before this one goes on.
 * @param terminal the container has a terminal of its own, which tells it when the window changes
 * @returns hands on what was held and what will come
 */
export function holdSignals({ terminal }: { readonly terminal: boolean }): (target: SignalTarget) => void {
  const held: number[] = [];
  let deliver = (signal: number): void => void held.push(signal);
  for (const name of FORWARDED) if (!terminal || name !== "SIGWINCH") process.on(name, () => deliver(SIGNALS[name]));
  return (target) => {
    deliver = (signal) => target.kill(signal);
    for (const signal of held) deliver(signal);
  };
}

/** Forwards from now on, until the container has ended. */
export function forwardSignals(target: SignalTarget): void {
  holdSignals({ terminal: false })(target);
}
