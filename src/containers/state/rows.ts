// The rows of containers: looked up, made, and moved through their lives. What a change must not miss is in its WHERE: a change that finds
// its row otherwise has lost a race, and says so by its result.
import type { Database } from "bun:sqlite";
import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import type { ContainerDocument } from "../document/document.ts";
import { readDocument, standIn } from "../document/read.ts";

export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly created: number;
  readonly document: ContainerDocument;
  readonly wanted: "running" | "stopped";
  /** How often it was started. */
  readonly run: number;
  readonly started: number | undefined;
  readonly finished: number | undefined;
  /** Of the last run; undefined while it runs, or before the first. */
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  readonly error: string;
  /** By its policy, since somebody started it. */
  readonly restarts: number;
  readonly removing: boolean;
  /** The volumes that nobody named go with it. */
  readonly removingVolumes: boolean;
  /** Why the document cannot be read; there is a stand-in then, and nothing must be done with the container but remove it. */
  readonly damage?: TeuError;
}

interface StoredRow {
  id: string;
  name: string;
  created: number;
  document: string;
  wanted: "running" | "stopped";
  run: number;
  started: number | null;
  finished: number | null;
  exit_code: number | null;
  oom_killed: number;
  error: string;
  restarts: number;
  removing: number;
}

/** `removing`: its volumes go with it. */
const WITH_VOLUMES = 2;

function rowOf({ document, started, finished, exit_code, oom_killed, removing, ...plain }: StoredRow): ContainerRow {
  return {
    ...plain,
    ...readOrStandIn(document, plain),
    started: started ?? undefined,
    finished: finished ?? undefined,
    exitCode: exit_code ?? undefined,
    oomKilled: oom_killed === 1,
    removing: removing !== 0,
    removingVolumes: removing === WITH_VOLUMES,
  };
}

function readOrStandIn(text: string, row: Pick<StoredRow, "id" | "created">): Pick<ContainerRow, "document" | "damage"> {
  try {
    const document = readDocument(text, row.id);
    if (document.id !== row.id) throw new TeuError("internal", `read the configuration of container ${row.id}: it is that of another`);
    return { document };
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    return { document: standIn(row), damage: error };
  }
}

/** @throws TeuError for one whose document cannot be read */
export function expectWhole(row: ContainerRow): ContainerRow {
  if (row.damage !== undefined) throw row.damage;
  return row;
}

/** The container of this whole id; undefined where there is none. */
export function containerById(db: Database, id: string): ContainerRow | undefined {
  const row = db.query<StoredRow, [string]>("SELECT * FROM containers WHERE id = ?").get(id);
  return row === null ? undefined : rowOf(row);
}

/** The container of this name; undefined where there is none. */
export function containerByName(db: Database, name: string): ContainerRow | undefined {
  const row = db.query<StoredRow, [string]>("SELECT * FROM containers WHERE name = ?").get(name);
  return row === null ? undefined : rowOf(row);
}

/** At most two of the containers whose ids begin so: more is not needed to see that one is not enough. `prefix` is hexadecimal. */
export function containersBeginning(db: Database, prefix: string): ContainerRow[] {
  return db
    .query<StoredRow, [string, string]>("SELECT * FROM containers WHERE id >= ? AND id < ? LIMIT 2")
    .all(prefix, `${prefix}g`)
    .map(rowOf);
}

/** The youngest first. */
export function allContainers(db: Database): ContainerRow[] {
  return db.query<StoredRow, []>("SELECT * FROM containers ORDER BY created DESC, id").all().map(rowOf);
}

/**
 * Ids of containers that somebody is at removing and, with `running`, of those whose last run has no end that is known, or whose first one,
 * after which they go, has not begun.
 */
export function unsettledContainers(db: Database, { running }: { readonly running: boolean }): string[] {
  const begins = "document ->> '$.life.remove' AND document ->> '$.birth.starts'";
  const open = `finished IS NULL AND (started IS NOT NULL OR (json_valid(document) AND ${begins}))`;
  const unsettled = running ? `removing <> 0 OR (${open})` : "removing <> 0";
  return db
    .query<{ id: string }, []>(`SELECT id FROM containers WHERE ${unsettled}`)
    .all()
    .map(({ id }) => id);
}

/** @throws TeuError `conflict` when the name is another's */
export function insertContainer(db: Writer, { name, document }: { readonly name: string; readonly document: ContainerDocument }): void {
  refuseTaken(db, name);
  db.query("INSERT INTO containers (id, name, created, document) VALUES (?, ?, ?, ?)").run(
    document.id,
    name,
    Date.parse(document.created),
    JSON.stringify(document),
  );
}

/** Whether some container has this name. */
export function isNameTaken(db: Database, name: string): boolean {
  return db.query("SELECT 1 FROM containers WHERE name = ?").get(name) !== null;
}

/** docker's words. */
function refuseTaken(db: Database, name: string): void {
  const holder = db.query<{ id: string }, [string]>("SELECT id FROM containers WHERE name = ?").get(name);
  if (holder === null) return;
  throw new TeuError(
    "conflict",
    `the container name "/${name}" is already in use by container "${holder.id}": remove or rename that container to be able to reuse that name`,
  );
}

/** @throws TeuError `conflict` when the name is another's */
export function renameContainer(db: Writer, id: string, name: string): void {
  refuseTaken(db, name);
  db.query("UPDATE containers SET name = ? WHERE id = ?").run(name, id);
}

/** What a container is to be from its next start on; of its limits, `update` has told the kernel. */
export function replaceDocument(db: Writer, document: ContainerDocument): void {
  db.query("UPDATE containers SET document = ? WHERE id = ?").run(JSON.stringify(document), document.id);
}

/** Writes down the last word of people on a container. */
export function setWanted(db: Writer, id: string, wanted: ContainerRow["wanted"]): void {
  db.query("UPDATE containers SET wanted = ? WHERE id = ?").run(wanted, id);
}

/**
 * A run begins.
 * @param restarts what it counts as: 0 where people started it
 * @returns its number; undefined where the container is gone or being removed
 */
export function noteStarted(
  db: Writer,
  id: string,
  { now, restarts }: { readonly now: number; readonly restarts: number },
): number | undefined {
  const row = db
    .query<{ run: number }, [number, number, string]>(
      `UPDATE containers SET run = run + 1, started = ?, finished = NULL, exit_code = NULL, oom_killed = 0, error = '', restarts = ?
       WHERE id = ? AND removing = 0 RETURNING run`,
    )
    .get(now, restarts, id);
  return row?.run;
}

export interface RunEnd {
  /** Which run has ended. */
  readonly run: number;
  readonly finished: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why nobody knows how it ended; empty where that is known. */
  readonly error: string;
}

/** docker's exit code where nobody has seen the end. */
export const UNSEEN_END = 255;

/** A run has ended; true for whoever says it first. */
export function noteEnded(db: Writer, id: string, { run, finished, exitCode, oomKilled, error }: RunEnd): boolean {
  return (
    db
      .query("UPDATE containers SET finished = ?, exit_code = ?, oom_killed = ?, error = ? WHERE id = ? AND run = ? AND finished IS NULL")
      .run(finished, exitCode, oomKilled ? 1 : 0, error, id, run).changes > 0
  );
}

/** It could not be started: docker shows such a container as one that was only created. */
export function noteFailed(db: Writer, id: string, { exitCode, error }: Pick<RunEnd, "exitCode" | "error">): void {
  db.query("UPDATE containers SET exit_code = ?, error = ? WHERE id = ?").run(exitCode, error, id);
}

/**
 * From here on nobody starts it, and whoever comes finishes the removal, as it was asked for.
 * @param options.volumes those that nobody named go with it; once that was said it stays so
 * @returns false where it is gone
 */
export function markRemoving(db: Writer, id: string, { volumes }: { readonly volumes: boolean }): boolean {
  return db.query("UPDATE containers SET removing = max(removing, ?) WHERE id = ?").run(volumes ? WITH_VOLUMES : 1, id).changes > 0;
}

/** The last step of a removal that begins with it: the row as it was, undefined where somebody else has taken it. */
export function takeContainerRow(db: Writer, id: string): ContainerRow | undefined {
  const row = db.query<StoredRow, [string]>("DELETE FROM containers WHERE id = ? RETURNING *").get(id);
  return row === null ? undefined : rowOf(row);
}

/** It is not removed, after all. */
export function unmarkRemoving(db: Writer, id: string): void {
  db.query("UPDATE containers SET removing = 0 WHERE id = ?").run(id);
}

/** The last step of a removal. */
export function deleteContainerRow(db: Writer, id: string): boolean {
  return db.query("DELETE FROM containers WHERE id = ?").run(id).changes > 0;
}
