// Calls a background process of an engine, and has it started where nobody listens. Loaded only where there is something to call it for.
import type { Engine } from "../engine.ts";
import { ring } from "./doorbell.ts";
import type { Background } from "./doorbell-path.ts";

/** What of an engine its background processes are about. */
export type Served = Pick<Engine, "state" | "runRoot" | "root" | "self">;

/** How a background process is started: `[self, "internal", …]` and an environment. */
export type Start = (argv: readonly [string, ...string[]], environment: Readonly<Record<string, string>>) => void | Promise<void>;

/** Bun wakes every second to see whether there is garbage; who waits makes none. */
const IDLE = { BUN_GC_TIMER_DISABLE: "1" } as const;

/**
 * Calls one, and starts it where nobody listens and there is work for it.
 * @returns whether one has heard it
 */
export async function call({ runRoot, root, self }: Served, who: Background, { wanted, verb, start }: Calling): Promise<boolean> {
  const heard = await ring(runRoot, who);
  if (!heard && wanted) await start([self, "internal", verb, runRoot, root], IDLE);
  return heard;
}

export interface Calling {
  /** Whether there is anything for it to do. */
  readonly wanted: boolean;
  /** Of `teu internal`. */
  readonly verb: string;
  readonly start: Start;
}
