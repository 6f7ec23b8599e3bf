// A command that stays with the container that it starts: signals go to the container, and its terminal is shown in this one.
import { SHORT_ID } from "../../base/container-id.ts";
import type { Attend } from "../../engine/containers/life/attended.ts";
import type { Attendance } from "../../engine/containers/life/launch.ts";
import { SIGNALS } from "../../kernel/tables/signals.ts";
import type { CliContext } from "../command.ts";
import { type HeldSignals, holdSignals, type SignalTarget } from "../signals.ts";
import type { TerminalOptions } from "./in-terminal.ts";

export interface StayOptions extends Omit<TerminalOptions, "farewell"> {
  /** The container has a terminal. */
  readonly terminal: boolean;
}

/** What a start takes of whoever stays. */
export type Stay = Pick<Attendance, "consoleSize"> & { readonly attend: Attend };

/**
 * Starts, and stays to the end of the container, or until the user leaves it: with the detach keys (status 0), or because the terminal has gone.
 * @param start sees the container to its end; its result is the exit status
 */
export async function stay(options: StayOptions, start: (stay: Stay) => Promise<number>): Promise<number> {
  if (options.terminal) return await stayInTerminal(options, start);
  const held = options.signals ? holdSignals({ terminal: false }) : undefined;
  try {
    return await start({
      attend: (launched, _prepared, id) => held?.handTo({ kill: leavingAtThird(launched, () => leave(options.context, id)) }),
    });
  } catch (error) {
    return endedBySignal(held, error);
  }
}

async function stayInTerminal(options: StayOptions, start: (stay: Stay) => Promise<number>): Promise<number> {
  const { inTerminal } = await import("./in-terminal.ts");
  return await inTerminal({ ...options, farewell: "\n" }, ({ show, ...size }) => start({ ...size, attend: show }));
}

/** docker's: as often as somebody may ask a container to end that does not, and still mean it. */
const MOST_ASKED = 3;

function leavingAtThird(launched: SignalTarget, leaveIt: () => void): SignalTarget["kill"] {
  let asked = 0;
  return (signal) => {
    launched.kill(signal);
    if (signal === SIGNALS.SIGINT || signal === SIGNALS.SIGTERM) asked += 1;
    if (asked === MOST_ASKED) leaveIt();
  };
}

/** The container goes on under its monitor, which looks after its end. */
function leave({ err }: CliContext, id: string): never {
  const name = id.slice(0, SHORT_ID);
  err(`teu: container ${name} does not end by SIGINT or SIGTERM and goes on alone: end it with: teu kill ${name}\n`);
  process.exit(1);
}

/** Who ends a run while it is being set up needs no telling that it did not get further. */
function endedBySignal(held: HeldSignals | undefined, error: unknown): number {
  const signal = held?.ending();
  if (signal === undefined) throw error;
  return 128 + signal;
}
