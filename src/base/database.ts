// A database of teu's: what must be atomic. SQLite in WAL mode, so that readers never wait; every change is one IMMEDIATE transaction, so
// that what a transaction read is still so when it writes. Opened at the first use: opening costs 2 to 3 ms, and not every command needs it.
// The schema is migrations by number: a database of an older program is brought up by those that it lacks, and a migration that was released
// is never changed.
import type { Database } from "bun:sqlite";
import { diskError } from "./disk-error.ts";
import { ERRNO, errnoPhrase } from "./errno.ts";
import { TeuError } from "./errors.ts";

declare const writing: unique symbol;
/** A database inside a write transaction: what takes one changes rows and is undone with them. */
export type Writer = Database & { readonly [writing]: true };

/** Milliseconds that a command waits for others that write; each holds the lock for a few. */
const BUSY_TIMEOUT = 30_000;
/** Pages of the log after which it is moved into the database: reading more of it takes whoever opens the database too long. */
const MOST_WAL_PAGES = 400;
const OPEN_TRIES = 400;
const OPEN_PAUSE = 25;

export interface WriteOptions {
  /** On the disk when `write` returns. Leases, claims and times need not be: they do not outlive the boot or do not matter. */
  readonly durable?: boolean;
}

export interface DatabaseOptions {
  readonly migrations: readonly string[];
  /** Runs before the file is opened: makes its directory. */
  readonly prepare: () => void;
  /** Runs in the transaction that makes a database that was not there. */
  readonly fill?: (db: Writer) => void;
}

/** SQLite is loaded by whoever opens a database: that takes a millisecond, and a run has begun by then. */
function openFile(path: string, options: ConstructorParameters<typeof Database>[1]): Database {
  const sqlite = process.getBuiltinModule("bun:sqlite") as typeof import("bun:sqlite"); // Bun's own, which its types do not list there
  return new sqlite.Database(path, options);
}

/** The file is no database any more; `check` with repair makes it anew. */
export class DamagedDatabaseError extends TeuError {
  constructor(path: string, cause: unknown) {
    super("internal", `open ${path}: the database is damaged; mend it with: teu system check --repair`, { cause });
  }
}

export class StateDatabase {
  readonly #path: string;
  readonly #options: DatabaseOptions;
  #database: Database | undefined;
  /** Without a transaction before the end: one that lasts would keep the log from being moved. */
  #reader: Database | undefined;
  #durable = false;

  constructor(path: string, options: DatabaseOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** For queries; several that must agree belong in `read`. */
  get rows(): Database {
    this.#database ??= this.#open();
    return this.#database;
  }

  /** Runs queries that see one state. */
  read<T>(work: (db: Database) => T): T {
    const db = this.rows;
    return this.#guard(() => db.transaction(() => work(db)).deferred());
  }

  /** Runs a change; it happens whole or, when `work` throws, not at all. `work` must not wait. */
  write<T>(work: (db: Writer) => T, { durable = false }: WriteOptions = {}): T {
    const db = this.rows;
    if (durable !== this.#durable) db.run(`PRAGMA synchronous = ${durable ? "FULL" : "NORMAL"}`);
    this.#durable = durable;
    return this.#guard(() => db.transaction(() => work(db as Writer)).immediate()); // the one place where a transaction is open
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): Database {
    return this.#guard(() => {
      this.#options.prepare();
      const db = openFile(this.#path, { create: true, strict: true });
      try {
        db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
        enterWal(db);
        db.run("PRAGMA synchronous = NORMAL");
        db.run(`PRAGMA wal_autocheckpoint = ${MOST_WAL_PAGES}`);
        db.run("PRAGMA foreign_keys = ON");
        if (versionOf(db) !== this.#options.migrations.length) db.transaction(() => this.#migrate(db as Writer)).immediate(); // as in `write`
        process.on("exit", () => this.#leave());
        return db;
      } catch (error) {
        db.close();
        throw error;
      }
    });
  }

  /**
   * Leaves the log to whoever comes next. Whoever closes a database as the last one moves its log into the file, which takes two or three
   * fsync(2), and the runtime closes what is open when the program ends: milliseconds, each time. Who can only read, and is reading, cannot
   * do that; and with such a connection open the other one is not the last (sqlite3WalClose). Now and then a writer does it instead, when
   * the log has grown.
   */
  #leave(): void {
    if (this.#database === undefined) return;
    try {
      this.prepareLeaving();
      this.#reader?.run("BEGIN");
      this.#reader?.run("SELECT 1 FROM sqlite_schema LIMIT 0");
      this.close();
    } catch {
      // its directory is gone, or its disk is full: closed in the usual way
    }
  }

  /** What can be done of that before, for whoever has time now and none later. */
  prepareLeaving(): void {
    this.#reader ??= openFile(this.#path, { readonly: true });
  }

  #migrate(db: Writer): void {
    const { migrations, fill } = this.#options;
    const version = versionOf(db);
    if (version > migrations.length) {
      throw new TeuError("unsupported", `open ${this.#path}: it was written by a newer teu (schema ${version}); use that one`);
    }
    for (const migration of migrations.slice(version)) db.run(migration);
    db.run(`PRAGMA user_version = ${migrations.length}`);
    if (version === 0) fill?.(db);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(this.#path, error);
    }
  }
}

/** The error to throw for one of SQLite's; for others of a disk that is full, and itself for the rest. */
export function databaseError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  const say = (what: string) => new TeuError("unavailable", `write ${path}: ${what}`, { cause: error });
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return new DamagedDatabaseError(path, error);
  if (code === "SQLITE_ERROR" && OTHER_SCHEMA.test(String(error))) return new DamagedDatabaseError(path, error);
  if (code === "SQLITE_FULL") return say(errnoPhrase(ERRNO.ENOSPC));
  if (code.startsWith("SQLITE_BUSY")) return say(`another command has kept it locked for ${BUSY_TIMEOUT / 1000} seconds`);
  if (code.startsWith("SQLITE_IOERR") || code === "SQLITE_CANTOPEN") return say(`the disk is full, read-only or failing (${code})`);
  if (code.startsWith("SQLITE_READONLY")) return say(errnoPhrase(ERRNO.EROFS));
  return diskError(`write ${path}`, error);
}

/** Its tables are not those that its version says. */
const OTHER_SCHEMA = /no such (table|column)|has no column|already exists/;

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** Changing the journal mode takes a lock for which SQLite does not wait by itself (sqlite.org/wal.html); only the first command does it. */
function enterWal(db: Database): void {
  for (let tries = 1; ; tries += 1) {
    try {
      db.run("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || tries === OPEN_TRIES) throw error;
      Bun.sleepSync(OPEN_PAUSE);
    }
  }
}
