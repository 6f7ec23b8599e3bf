// A command that stays with the container that it starts: signals go to the container, and its terminal is shown in this one.
import type { Attend } from "../../engine/containers/attended.ts";
import type { Attendance } from "../../engine/containers/launch.ts";
import type { CliContext } from "../command.ts";
import { type HeldSignals, holdSignals } from "../signals.ts";

export interface StayOptions {
  readonly context: CliContext;
  /** The container has a terminal. */
  readonly terminal: boolean;
  /** Standard input goes to it. */
  readonly interactive: boolean;
  /** As people write them: `ctrl-p,ctrl-q`. */
  readonly detachKeys: string | undefined;
  /** Hand signals on to the container. */
  readonly signals: boolean;
}

/** What a start takes of whoever stays. */
export type Stay = Pick<Attendance, "consoleSize"> & { readonly attend: Attend };

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
