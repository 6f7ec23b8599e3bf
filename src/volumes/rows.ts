// The rows of volumes, and who uses them.
import type { Database } from "bun:sqlite";
import type { Writer } from "../base/database.ts";

export interface Volume {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Nobody gave it a name: it goes with the last container that has it. */
  readonly anonymous: boolean;
}

interface StoredVolume {
  name: string;
  created: number;
  driver: string;
  options: string;
  labels: string;
  anonymous: number;
}

function volumeOf({ options, labels, anonymous, ...plain }: StoredVolume): Volume {
  return { ...plain, options: textsOf(options), labels: textsOf(labels), anonymous: anonymous === 1 };
}

function textsOf(text: string): Readonly<Record<string, string>> {
  return JSON.parse(text) as Record<string, string>; // written by insertVolume alone
}

/** The volume of this name; undefined where there is none. */
export function volumeByName(db: Database, name: string): Volume | undefined {
  const row = db.query<StoredVolume, [string]>("SELECT * FROM volumes WHERE name = ?").get(name);
  return row === null ? undefined : volumeOf(row);
}

/** In the order of their names. */
export function allVolumes(db: Database): Volume[] {
  return db.query<StoredVolume, []>("SELECT * FROM volumes ORDER BY name").all().map(volumeOf);
}

/** False when there is one of this name. */
export function insertVolume(db: Writer, { name, created, driver, options, labels, anonymous }: Volume): boolean {
  const values = [name, created, driver, JSON.stringify(options), JSON.stringify(labels), anonymous ? 1 : 0];
  return db.query("INSERT INTO volumes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING").run(...values).changes > 0;
}

/** Of a volume that nobody uses. */
export function deleteVolumeRow(db: Writer, name: string): void {
  db.query("DELETE FROM volumes WHERE name = ?").run(name);
}

/** Whoever names a volume has not left it without a name any more. */
export function renameVolumeRow(db: Writer, from: string, to: string): void {
  db.query("UPDATE volumes SET name = ?, anonymous = 0 WHERE name = ?").run(to, from);
}

/** Both must be there. */
export function useVolume(db: Writer, container: string, volume: string): void {
  db.query("INSERT INTO volume_uses VALUES (?, ?) ON CONFLICT DO NOTHING").run(container, volume);
}

/** A container has no volumes any more. */
export function endUses(db: Writer, container: string): void {
  db.query("DELETE FROM volume_uses WHERE container = ?").run(container);
}

/** The ids of the containers that have a volume. */
export function usersOf(db: Database, volume: string): string[] {
  const rows = db
    .query<{ container: string }, [string]>("SELECT container FROM volume_uses WHERE volume = ? ORDER BY container")
    .all(volume);
  return rows.map(({ container }) => container);
}

/** The names of all volumes that some container has. */
export function usedVolumes(db: Database): ReadonlySet<string> {
  return new Set(
    db
      .query<{ volume: string }, []>("SELECT DISTINCT volume FROM volume_uses")
      .all()
      .map(({ volume }) => volume),
  );
}

/** The volumes that a container has. */
export function volumesOf(db: Database, container: string): Volume[] {
  return db
    .query<StoredVolume, [string]>(
      "SELECT volumes.* FROM volumes JOIN volume_uses ON volumes.name = volume_uses.volume WHERE container = ? ORDER BY name",
    )
    .all(container)
    .map(volumeOf);
}
