// Does something again that failed for a reason that may pass: `--retry-times`, beside the retries that each request has.
import { TeuError } from "../../base/errors.ts";
import { type Clock, SYSTEM_CLOCK } from "../../image/client/clock.ts";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Pick<Clock, "sleep">;
}

/** Does it once and up to `times` more, with longer and longer pauses, while it fails with `unavailable`. @throws the last failure */
export async function retrying<T>(
  times: number,
  attempt: () => Promise<T>,
  { signal, clock = SYSTEM_CLOCK }: RetryOptions = {},
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (tries >= times || !(error instanceof TeuError) || error.code !== "unavailable") throw error;
      await clock.sleep(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries), signal);
    }
  }
}
