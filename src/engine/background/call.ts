// Calls a background process of an engine, and starts it where nobody listens. Loaded only where there is something to call it for.
import { startDetached } from "../../kernel/launch/start-detached.ts";
import type { Engine } from "../engine.ts";
import { ring } from "./doorbell.ts";
import type { Background } from "./doorbell-path.ts";

/** What of an engine its background processes are about. */
export type Served = Pick<Engine, "state" | "runRoot" | "root" | "self">;

/** Each is `teu internal VERB RUN-ROOT ROOT`. */
const VERBS: Readonly<Record<Background, string>> = { supervisor: "supervise", dns: "dns" };

/** Bun wakes every second to see whether there is garbage; who waits makes none. */
const IDLE = { BUN_GC_TIMER_DISABLE: "1" } as const;

/**
 * @param wanted whether there is work for it: it is not started where there is none
 * @returns whether one has heard it
 */
export async function call({ runRoot, root, self }: Served, who: Background, wanted: boolean): Promise<boolean> {
  const heard = await ring(runRoot, who);
  if (!heard && wanted) startDetached([self, "internal", VERBS[who], runRoot, root], IDLE);
  return heard;
}
