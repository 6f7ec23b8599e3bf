// What health checks have found since a container was last started, as it is stored.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { HEALTH_AT_START, type Health, type HealthStatus, type ProbeResult } from "./verdict.ts";

interface StoredHealth {
  status: HealthStatus;
  failing_streak: number;
  log: string;
}

/** As lists and inspections show it. */
export interface ShownHealth {
  readonly status: HealthStatus;
  readonly failingStreak: number;
  /** docker's State.Health.Log, as JSON. */
  readonly log: string;
}

/** Of the present or last run of all containers that are checked, by their ids. */
export function shownHealth(db: Database): Map<string, ShownHealth> {
  const rows = db
    .query<StoredHealth & { container: string }, []>(
      "SELECT container, health.status, failing_streak, log FROM health JOIN containers ON id = container AND health.run = containers.run",
    )
    .all();
  return new Map(rows.map(({ container, status, failing_streak, log }) => [container, { status, failingStreak: failing_streak, log }]));
}

/** The same of one. */
export function shownHealthOf(db: Database, container: string, run: number): ShownHealth | undefined {
  const row = storedHealth(db, container, run);
  return row === undefined ? undefined : { status: row.status, failingStreak: row.failing_streak, log: row.log };
}

/** Undefined where no check is run of this run. */
export function healthOf(db: Database, container: string, run: number): Health | undefined {
  const row = storedHealth(db, container, run);
  return row === undefined ? undefined : { status: row.status, failingStreak: row.failing_streak, log: resultsOf(row.log) };
}

function storedHealth(db: Database, container: string, run: number): StoredHealth | undefined {
  const query = db.query<StoredHealth, [string, number]>("SELECT status, failing_streak, log FROM health WHERE container = ? AND run = ?");
  return query.get(container, run) ?? undefined;
}

/** A run begins: what was found before is history, but stays to be read, as in docker. */
export function beginHealth(db: Writer, container: string, run: number): void {
  const row = db.query<{ log: string }, [string]>("SELECT log FROM health WHERE container = ?").get(container);
  putHealth(db, container, { run, health: { ...HEALTH_AT_START, log: row === null ? [] : resultsOf(row.log) } });
}

/** Writes down what is found of a run, in place of what was known. */
export function putHealth(db: Writer, container: string, { run, health }: { readonly run: number; readonly health: Health }): void {
  db.query("INSERT OR REPLACE INTO health (container, run, status, failing_streak, log) VALUES (?, ?, ?, ?, ?)").run(
    container,
    run,
    health.status,
    health.failingStreak,
    JSON.stringify(health.log),
  );
}

function resultsOf(text: string): ProbeResult[] {
  return JSON.parse(text) as ProbeResult[]; // written by putHealth alone
}
