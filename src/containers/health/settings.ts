// What a health check runs, and when: the image's and the flags' `HealthCheck` with docker's defaults.
import type { HealthCheck } from "../../spec/image/image-config.ts";

/** All times in milliseconds. */
export interface HealthSettings {
  readonly args: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  /** So long after the start failures do not count. */
  readonly startPeriod: number;
  /** The interval within it. */
  readonly startInterval: number;
  /** So many failures in a row make a container unhealthy. */
  readonly retries: number;
}

const SHELL = ["/bin/sh", "-c"];
const NANOSECONDS = 1e6;
const DEFAULTS = { interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 } as const;

/** Undefined where there is no check, or `NONE`. */
export function healthSettings(check: HealthCheck | undefined): HealthSettings | undefined {
  const args = testArgs(check?.Test ?? []);
  if (check === undefined || args === undefined) return undefined;
  return {
    args,
    interval: time(check.Interval, DEFAULTS.interval),
    timeout: time(check.Timeout, DEFAULTS.timeout),
    startPeriod: time(check.StartPeriod, DEFAULTS.startPeriod),
    startInterval: time(check.StartInterval, DEFAULTS.startInterval),
    retries: (check.Retries ?? 0) > 0 ? (check.Retries ?? 0) : DEFAULTS.retries,
  };
}

function testArgs([kind, ...words]: readonly string[]): readonly string[] | undefined {
  if (words.length === 0) return undefined;
  if (kind === "CMD") return words;
  return kind === "CMD-SHELL" ? [...SHELL, ...words] : undefined;
}

/** 0 is docker's word for the default. */
function time(nanoseconds: number | undefined, byDefault: number): number {
  return nanoseconds === undefined || nanoseconds <= 0 ? byDefault : nanoseconds / NANOSECONDS;
}
