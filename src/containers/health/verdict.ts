// What the result of a health check makes of a container: docker's rules.
import type { HealthSettings } from "./settings.ts";

export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** One entry of docker's State.Health.Log. */
export interface ProbeResult {
  /** RFC 3339. */
  readonly Start: string;
  readonly End: string;
  /** 0 is healthy; -1 where it could not be run, or took too long. */
  readonly ExitCode: number;
  readonly Output: string;
}

export interface Health {
  readonly status: HealthStatus;
  readonly failingStreak: number;
  /** The last five, the oldest first. */
  readonly log: readonly ProbeResult[];
}

export const HEALTH_AT_START: Health = { status: "starting", failingStreak: 0, log: [] };

const KEPT_RESULTS = 5;

/**
 * @param started when the container was, in milliseconds since the epoch
 */
export function afterProbe(
  before: Health,
  result: ProbeResult,
  { started, settings }: { readonly started: number; readonly settings: HealthSettings },
): Health {
  const log = [...before.log, result].slice(-KEPT_RESULTS);
  if (result.ExitCode === 0) return { status: "healthy", failingStreak: 0, log };
  const forgiven = before.status === "starting" && Date.parse(result.Start) - started < settings.startPeriod;
  if (forgiven) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  return { status: failingStreak >= settings.retries ? "unhealthy" : before.status, failingStreak, log };
}

/** How long the next check waits, from the start of the container or the end of the check before. */
export function nextProbeIn(
  status: HealthStatus,
  { now, started, settings }: { readonly now: number; readonly started: number; readonly settings: HealthSettings },
): number {
  return status === "starting" && now - started < settings.startPeriod ? settings.startInterval : settings.interval;
}
