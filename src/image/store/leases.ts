// Leases: what a command is about to use, protected from garbage collection until it is named or the command ends. A lease lives as
// long as its process; no file of a dead command needs to be cleaned for the next collection to be right.

import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import type { ClaimKind } from "./claims.ts";
import { lives, type StoreContext } from "./context.ts";

/** An open lease. */
export interface Lease {
  readonly id: number;
  /** Protects a blob and, if it is a manifest, all that it leads to; or a layer with those below it. There or not. */
  add(kind: ClaimKind, digest: Digest): void;
  /** Ends it. A second call does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

export function openLease(context: StoreContext): Lease {
  const { database, self } = context;
  const id = database.write((db) => {
    const insert = db.query<{ id: number }, [number, string, string, number]>(
      "INSERT INTO leases (pid, start_time, boot_id, created) VALUES (?, ?, ?, ?) RETURNING id",
    );
    return insert.get(self.pid, self.startTime, self.bootId, context.now())?.id ?? 0;
  });
  let open = true;
  const release = () => {
    if (open) database.write((db) => db.run("DELETE FROM leases WHERE id = ?", [id]));
    open = false;
  };
  return { id, add: (kind, digest) => database.write((db) => addToLease(db, id, kind, digest)), release, [Symbol.dispose]: release };
}

/** Within the transaction that found the thing to be there, so that no collection comes between. */
export function addToLease(db: Writer, lease: number, kind: ClaimKind, digest: Digest): void {
  db.run("INSERT OR IGNORE INTO lease_items VALUES (?, ?, ?)", [lease, kind, digest]);
}

interface LeaseRow {
  readonly id: number;
  readonly pid: number;
  readonly start_time: string;
  readonly boot_id: string;
}

/** Drops the leases of dead processes. */
export function sweepLeases(context: StoreContext, db: Writer): void {
  for (const row of db.query<LeaseRow, []>("SELECT id, pid, start_time, boot_id FROM leases").all()) {
    if (lives(context, { pid: row.pid, startTime: row.start_time, bootId: row.boot_id })) continue;
    db.run("DELETE FROM leases WHERE id = ?", [row.id]);
  }
}
