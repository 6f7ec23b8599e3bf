// How a container is to live: what ends it, what brings it back, how it is asked whether it is well.
import type { HealthCheck } from "../../spec/image/image-config.ts";

export interface LifeSettings {
  /** `--rm`: removed, with its anonymous volumes, when it has ended. */
  readonly remove: boolean;
  readonly restart: RestartPolicy;
  readonly stopSignal?: string;
  /** Seconds between the stop signal and SIGKILL; -1 waits for ever. */
  readonly stopTimeout?: number;
  /** `--timeout`: seconds that one run may take. */
  readonly timeout?: number;
  /** `--init`: the launcher's own reaper is process 1. */
  readonly init: boolean;
  /** The image's, with what the flags changed of it; `Test: ["NONE"]` is none. */
  readonly health?: HealthCheck;
}

export interface RestartPolicy {
  readonly name: (typeof RESTART_POLICIES)[number];
  /** Of on-failure and on-unhealthy: 0 is no limit. */
  readonly retries: number;
}

/** docker's, where nothing is said. */
export const DEFAULT_STOP_TIMEOUT = 10;

export const RESTART_POLICIES = ["no", "on-failure", "always", "unless-stopped", "on-unhealthy"] as const;

export const NO_RESTART: RestartPolicy = { name: "no", retries: 0 };
