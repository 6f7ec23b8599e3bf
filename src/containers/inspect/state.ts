// `State` of an inspected container.
import type { ContainerRow } from "../state/rows.ts";

export interface StateSubject {
  readonly row: Pick<ContainerRow, "started" | "finished" | "exitCode" | "oomKilled" | "error">;
  /** docker's word. */
  readonly status: string;
  /** 0 when there is no process. */
  readonly pid: number;
  readonly health: { readonly status: string; readonly failingStreak: number; readonly log: string } | undefined;
}

/** Go's zero time: docker's for what has not been. */
const NEVER = "0001-01-01T00:00:00Z";

export function stateObject({ row, status, pid, health }: StateSubject): Readonly<Record<string, unknown>> {
  const isPaused = status === "paused";
  return {
    Status: status,
    Running: status === "running" || isPaused || status === "restarting",
    Paused: isPaused,
    Restarting: status === "restarting",
    OOMKilled: row.oomKilled,
    Dead: status === "dead",
    Pid: pid,
    ExitCode: row.exitCode ?? 0,
    Error: row.error,
    StartedAt: timeText(row.started),
    FinishedAt: timeText(row.finished),
    ...(health === undefined
      ? {}
      : { Health: { Status: health.status, FailingStreak: health.failingStreak, Log: JSON.parse(health.log) as unknown } }),
  };
}

function timeText(time: number | undefined): string {
  return time === undefined ? NEVER : new Date(time).toISOString();
}
