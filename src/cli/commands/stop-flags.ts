// The flags of `stop` and `restart`, and what they say.
import type { StopOptions } from "../../engine/containers/life/stop.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import { type Flags, type FlagValues, UsageError } from "../command.ts";

export const STOP_FLAGS = {
  signal: { type: "string", short: "s", value: "SIGNAL", summary: "The signal that asks it to end, in place of its own" },
  timeout: {
    type: "integer",
    short: "t",
    also: "time",
    value: "SECONDS",
    summary: "Seconds until it is killed, -1 for never, in place of its own (10)",
  },
} as const satisfies Flags;

/** @throws UsageError for what is no signal */
export function stopOptions({ signal, timeout }: FlagValues<typeof STOP_FLAGS>): StopOptions {
  return { timeout, signal: signal === undefined ? undefined : signalOf(signal) };
}

/** @throws UsageError for what is no signal */
export function signalOf(text: string): number {
  const number = parseSignal(text);
  if (number === undefined || number === 0) throw new UsageError(`--signal: ${JSON.stringify(text)} is no signal`);
  return number;
}
