// The record of what happened: one table, in order; those who follow read on from the last that they saw.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import type { EngineEvent, RecordedEvent } from "./event.ts";

/** What is older than so many goes, from time to time: the record does not grow for ever. */
const KEPT = 20_000;
const DROP_EVERY = 1000;

const NANOSECONDS = 1_000_000n;

/** Writes one event behind all others, in the transaction of what it tells of. */
export function recordEvent(db: Writer, { type, action, actor, attributes }: EngineEvent, now: Date): void {
  const { lastInsertRowid } = db
    .query("INSERT INTO events (time, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)")
    .run(eventTime(now), type, action, actor, JSON.stringify(attributes));
  const id = Number(lastInsertRowid);
  if (id % DROP_EVERY === 0) db.query("DELETE FROM events WHERE id <= ?").run(id - KEPT);
}

/** A moment as events have it: nanoseconds since the epoch. */
export const eventTime = (moment: Date): bigint => BigInt(moment.getTime()) * NANOSECONDS;

export interface EventRange {
  /** Those after this one. */
  readonly after?: number;
  /** Nanoseconds since the epoch, both included. */
  readonly since?: bigint;
  readonly until?: bigint;
}

interface StoredEvent {
  id: bigint;
  time: bigint;
  type: RecordedEvent["type"];
  action: string;
  actor: string;
  attributes: string;
}

const LAST = 0x7fff_ffff_ffff_ffffn;

/** In their order, at most `most`. */
export function readEvents(db: Database, { after = 0, since = 0n, until = LAST }: EventRange, most: number): RecordedEvent[] {
  using query = db.prepare<StoredEvent, [number, bigint, bigint, number]>(
    "SELECT * FROM events WHERE id > ? AND time >= ? AND time <= ? ORDER BY id LIMIT ?",
  );
  return query
    .safeIntegers(true)
    .all(after, since, until, most)
    .map(({ id, attributes, ...plain }) => ({ ...plain, id: Number(id), attributes: attributesOf(attributes) }));
}

/** The number of the newest event; 0 where there is none. */
export function lastEvent(db: Database): number {
  return db.query<{ last: number | null }, []>("SELECT max(id) AS last FROM events").get()?.last ?? 0;
}

/** The newest of this action that happened to one object. */
export function lastEventOf(db: Database, actor: string, action: string): Pick<RecordedEvent, "attributes"> | undefined {
  const row = db
    .query<{ attributes: string }, [string, string]>(
      "SELECT attributes FROM events WHERE actor = ? AND action = ? ORDER BY id DESC LIMIT 1",
    )
    .get(actor, action);
  return row === null ? undefined : { attributes: attributesOf(row.attributes) };
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  return JSON.parse(text) as Record<string, string>; // written by recordEvent alone
}
