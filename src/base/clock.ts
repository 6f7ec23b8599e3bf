// The time as a value that is passed in, so that what depends on it can be tested at any moment of our choosing.

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number;
}

/** The machine's own. */
export const SYSTEM_CLOCK: Clock = { now: Date.now };

/** RFC 3339 in UTC, as the OCI documents and runc's log and `list` write time: `2026-01-31T08:15:30.250Z`. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
