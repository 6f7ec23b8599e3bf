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

/** Signals that this process got, and who gets them. */
export interface HeldSignals {
  /** Hands on what was held and what will come. */
  handTo(target: SignalTarget): void;
  /** The last that came which asks a program to end, if any. */
  ending(): number | undefined;
}

/**
 * Keeps signals from ending this process from now on; what comes is held until there is somebody to hand it to.
 * To be called before the container is made: its program may run before this one goes on.
 * @param terminal the container has a terminal of its own, which tells it when the window changes
 */
export function holdSignals({ terminal }: { readonly terminal: boolean }): HeldSignals {
  const held: number[] = [];
  let deliver = (signal: number): void => void held.push(signal);
  let ending: number | undefined;
  for (const name of FORWARDED) {
    if (terminal && name === "SIGWINCH") continue;
    process.on(name, () => {
      if (name !== "SIGWINCH") ending = SIGNALS[name];
      deliver(SIGNALS[name]);
    });
  }
  return {
    handTo(target) {
      deliver = (signal) => target.kill(signal);
      for (const signal of held.splice(0)) deliver(signal);
    },
    ending: () => ending,
  };
}

/** Forwards from now on, until the container has ended. */
export function forwardSignals(target: SignalTarget): void {
  holdSignals({ terminal: false }).handTo(target);
}
