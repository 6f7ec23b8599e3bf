// Asking again: after failures that pass by themselves, with exponential back-off and jitter, or when the server says (RFC 9110
// §10.2.3, Retry-After). Only for requests that may be made twice.
import { parseRetryAfter } from "../../spec/distribution/retry-after.ts";
import type { Clock } from "./clock.ts";
import type { HttpResponse, HttpSettings } from "./http.ts";
import { NetworkError } from "./network-errors.ts";

/** Answers of a server that is overloaded, starting or behind a failing gateway. */
const BUSY: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
const FIRST_DELAY = 300;
const LONGEST_DELAY = 20_000;
/** A server that wants more than this is taken to say no. */
const LONGEST_RETRY_AFTER = 120_000;

/** Milliseconds before attempt `attempt` (1 is the first repetition): doubled each time, between half and all of it. */
export function backoff(attempt: number, clock: Clock): number {
  const most = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return most / 2 + (most / 2) * clock.random();
}

/** Milliseconds to wait before asking again, or undefined when the answer stands. */
function delayAfter(response: HttpResponse, attempt: number, clock: Clock): number | undefined {
  if (!BUSY.has(response.status)) return undefined;
  const told = parseRetryAfter(response.headers.get("retry-after"), clock.now());
  if (told === undefined) return backoff(attempt, clock);
  return told > LONGEST_RETRY_AFTER ? undefined : told;
}

/**
 * Makes a request until it has an answer that stands or the attempts are used up; the last answer is given back, whatever it is.
 * @throws NetworkError of the last attempt; one that is not transient at once.
 */
export async function withRetries(
  attempt: () => Promise<HttpResponse>,
  settings: HttpSettings,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const { clock, attempts } = settings;
  for (let made = 1; ; made += 1) {
    let delay: number | undefined;
    try {
      const response = await attempt();
      delay = made < attempts ? delayAfter(response, made, clock) : undefined;
      if (delay === undefined) return response;
      await response.discard();
    } catch (error) {
      if (!(error instanceof NetworkError && error.transient) || made >= attempts) throw error;
      delay = backoff(made, clock);
    }
    await clock.sleep(delay, signal);
  }
}
