// Claims: the exclusive right to make or unmake one blob or one layer, as a row that names its process. Whoever finds a claim waits; the
// claim of a dead process is taken over. This is what lets pulls of one blob share a download, and what keeps a deleter's unlink(2)
// from hitting the file of somebody who stores the same content again: the deleter claims in the transaction that removes the row,
// and releases after the unlink.

import type { Writer } from "../../base/database.ts";
import { TeuError } from "../../base/errors.ts";
import type { ProcessIdentity } from "../../base/process-identity.ts";
import { lives, type StoreContext } from "./context.ts";

export type ClaimKind = "blob" | "layer";

interface ClaimRow {
  readonly pid: number;
  readonly start_time: string;
  readonly boot_id: string;
}

function ownerOf(db: Writer, kind: ClaimKind, key: string): ProcessIdentity | undefined {
  const row = db.query<ClaimRow, [string, string]>("SELECT pid, start_time, boot_id FROM claims WHERE kind = ? AND key = ?").get(kind, key);
  return row === null ? undefined : { pid: row.pid, startTime: row.start_time, bootId: row.boot_id };
}

/** False when a living process, this one included, has the claim. */
export function tryClaim(context: StoreContext, db: Writer, kind: ClaimKind, key: string): boolean {
  const owner = ownerOf(db, kind, key);
  const abandoned = context.abandoned.delete(`${kind} ${key}`);
  if (owner !== undefined && !abandoned && lives(context, owner)) return false;
  const { pid, startTime, bootId } = context.self;
  db.run("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?)", [kind, key, pid, startTime, bootId]);
  return true;
}

/** Ends a claim that this process has. */
export function release(db: Writer, kind: ClaimKind, key: string): void {
  db.run("DELETE FROM claims WHERE kind = ? AND key = ?", [kind, key]);
}

/** The same on the way out of a failure: on a full disk even this may fail. */
export function releaseIfPossible({ database, abandoned }: StoreContext, kind: ClaimKind, key: string): void {
  try {
    database.write((db) => release(db, kind, key));
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    abandoned.add(`${kind} ${key}`);
  }
}

/** Drops the claims of dead processes; what they left behind is found by those who sweep directories. */
export function sweepClaims(context: StoreContext, db: Writer): void {
  const rows = db.query<ClaimRow & { kind: ClaimKind; key: string }, []>("SELECT * FROM claims").all();
  for (const row of rows) {
    if (!lives(context, { pid: row.pid, startTime: row.start_time, bootId: row.boot_id })) release(db, row.kind, row.key);
  }
}

/** Milliseconds between two looks at a claim that somebody else has. */
const POLL = 50;

/**
 * Asks until `attempt` gives something else than `"busy"`.
 * @throws the signal's reason when it is aborted.
 */
export async function waitForClaim<T>(attempt: () => T | "busy", options: { signal?: AbortSignal; waiting?: () => void }): Promise<T> {
  for (;;) {
    options.signal?.throwIfAborted();
    const result = attempt();
    if (result !== "busy") return result;
    options.waiting?.();
    await Bun.sleep(POLL);
  }
}
