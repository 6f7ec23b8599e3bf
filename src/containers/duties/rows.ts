// What is to be done for containers at some time: the rows that the supervisor lives by. Whoever writes one calls it (engine/supervisor/call.ts).
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";

export interface Duty {
  readonly container: string;
  readonly kind: "restart" | "health" | "timeout";
  /** Milliseconds since the epoch. */
  readonly due: number;
}

/** All of them, the earliest first. */
export function duties(db: Database): Duty[] {
  return db.query<Duty, []>("SELECT container, kind, due FROM duties ORDER BY due").all();
}

/** Whether the supervisor has anything to do. */
export function hasDuties(db: Database): boolean {
  return db.query("SELECT 1 FROM duties LIMIT 1").get() !== null;
}

/** When a duty of a container is due; undefined where there is none of that kind. */
export function dutyDue(db: Database, container: string, kind: Duty["kind"]): number | undefined {
  return db.query<{ due: number }, [string, string]>("SELECT due FROM duties WHERE container = ? AND kind = ?").get(container, kind)?.due;
}

/** The containers that have a duty of a kind. */
export function containersDue(db: Database, kind: Duty["kind"]): Set<string> {
  const rows = db.query<{ container: string }, [string]>("SELECT container FROM duties WHERE kind = ?").all(kind);
  return new Set(rows.map(({ container }) => container));
}

/** In place of one of the same kind. */
export function putDuty(db: Writer, { container, kind, due }: Duty): void {
  db.query("INSERT OR REPLACE INTO duties (container, kind, due) VALUES (?, ?, ?)").run(container, kind, Math.ceil(due));
}

/** This one, and not what has taken its place meanwhile; true where it was there. */
export function dropDuty(db: Writer, { container, kind, due }: Duty): boolean {
  return db.query("DELETE FROM duties WHERE container = ? AND kind = ? AND due = ?").run(container, kind, due).changes > 0;
}

/** All that is due for a container: it is gone, has ended, or people want it otherwise. */
export function dropDuties(db: Writer, container: string): void {
  db.query("DELETE FROM duties WHERE container = ?").run(container);
}
