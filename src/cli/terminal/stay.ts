// A command that stays with the container that it starts: signals go to the container, and its terminal is shown in this one.
import { type HeldSignals, holdSignals } from "../signals.ts";
import type { Stay, StayOptions } from "./run-terminal.ts";

/**
 * Starts, and stays to the end of the container, or until the user leaves it: with the detach keys (status 0), or because the terminal has gone.
 * @param start sees the container to its end; its result is the exit status
 */
export async function stay(options: StayOptions, start: (stay: Stay) => Promise<number>): Promise<number> {
  if (options.terminal) return await (await import("./run-terminal.ts")).stayInTerminal(options, start);
  const held = options.signals ? holdSignals({ terminal: false }) : undefined;
  try {
    return await start({ attend: (launched) => held?.handTo(launched) });
  } catch (error) {
    return endedBySignal(held, error);
  }
}

/** Who ends a run while it is being set up needs no telling that it did not get further. */
function endedBySignal(held: HeldSignals | undefined, error: unknown): number {
  const signal = held?.ending();
  if (signal === undefined) throw error;
  return 128 + signal;
}
