// Whether a container is started again when it has ended, and how long that waits: docker's rules. A restart waits 100 ms, each further one
// twice as long as the one before, up to a minute; a container that ran for ten seconds begins anew.
import type { RestartPolicy } from "../document/life.ts";

export interface EndedRun {
  readonly exitCode: number;
  /** By its policy, since somebody started it. */
  readonly restarts: number;
  /** Those of them in a row that followed runs of less than ten seconds. */
  readonly hasty: number;
  readonly ranMs: number;
  /** `stop`, `kill`, `rm -f`: what people end stays ended. */
  readonly stoppedByUser: boolean;
  /** Its health check had found it unhealthy. */
  readonly unhealthy: boolean;
}

export interface RestartDecision {
  readonly restart: boolean;
  /** 0 without a restart. */
  readonly delayMs: number;
  /** What `hasty` is at the end of the next run. */
  readonly hasty: number;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** Who ran so long has not failed at once. */
const SETTLED_MS = 10_000;
/** 100 ms doubled so often is more than a minute: counting further would only overflow. */
const MOST_DOUBLINGS = 10;

const STAYS: RestartDecision = { restart: false, delayMs: 0, hasty: 0 };

/** What follows from the end of a run. */
export function decideRestart(policy: RestartPolicy, run: EndedRun): RestartDecision {
  if (run.stoppedByUser || !mayRestart(policy, run)) return STAYS;
  const hasty = run.ranMs >= SETTLED_MS ? 0 : run.hasty;
  return { restart: true, delayMs: delayAfter(hasty), hasty: hasty + 1 };
}

/** What the policy says of such an end; people may have said otherwise. */
export function mayRestart(
  { name, retries }: RestartPolicy,
  { exitCode, restarts, unhealthy }: Pick<EndedRun, "exitCode" | "restarts" | "unhealthy">,
): boolean {
  const mayGoOn = retries === 0 || restarts < retries;
  switch (name) {
    case "no":
      return false;
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return exitCode !== 0 && mayGoOn;
    case "on-unhealthy":
      return (exitCode !== 0 || unhealthy) && mayGoOn;
  }
}

function delayAfter(hasty: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(hasty, MOST_DOUBLINGS), LONGEST_DELAY_MS);
}

/**
 * Whether a start of the machine brings a container back: `always` does so whatever people said last, `unless-stopped` only if that was not
 * to stop. One that was never started is no service yet.
 */
export function comesBack(
  { name }: RestartPolicy,
  { wanted, started }: { readonly wanted: "running" | "stopped"; readonly started: number | undefined },
): boolean {
  if (started === undefined) return false;
  return name === "always" || (name === "unless-stopped" && wanted === "running");
}
