// Volumes as rows and directories together: each change is one transaction, in which the directory is made or taken out of sight. Whoever is
// killed within leaves a directory without its row, or a retired one whose row is there: `reconcile` finishes or undoes that.
import type { Database } from "bun:sqlite";
import { existsSync, renameSync } from "node:fs";
import type { Writer } from "../base/database.ts";
import { TeuError } from "../base/errors.ts";
import {
  bringBack,
  enterAside,
  isDirectory,
  isEmpty,
  listDirectories,
  makeDirectory,
  readVolumeRecord,
  removeEmpty,
  retireDirectory,
  volumePaths,
} from "./directory.ts";
import { allVolumes, deleteVolumeRow, insertVolume, renameVolumeRow, usersOf, type Volume, volumeByName } from "./rows.ts";

/** Makes a volume; false when there is one of this name. */
export function makeVolume(db: Writer, root: string, volume: Volume): boolean {
  if (!insertVolume(db, volume)) return false;
  makeDirectory(root, volume);
  return true;
}

/** The same of a directory that was made aside; false when there is one of this name. */
export function enterVolume(db: Writer, root: string, aside: string, volume: Volume): boolean {
  if (!insertVolume(db, volume)) return false;
  removeEmpty(root, volume.name); // of a killed command
  enterAside(root, aside, volume);
  return true;
}

/** docker's words. @throws TeuError `not-found` */
export function requireVolume(db: Database, name: string): Volume {
  const volume = volumeByName(db, name);
  if (volume === undefined) throw new TeuError("not-found", `get ${name}: no such volume`);
  return volume;
}

/** @throws TeuError `conflict` for one that some container has */
function requireUnused(db: Database, name: string, verb: string): void {
  const users = usersOf(db, name);
  if (users.length > 0) throw new TeuError("conflict", `${verb} ${name}: volume is in use - [${users.join(", ")}]`);
}

/**
 * Ends a volume; the result is the directory that is to be removed when the transaction is done.
 * @throws TeuError `not-found`; `conflict` for one that some container has
 */
export function retireVolume(db: Writer, root: string, name: string): string | undefined {
  requireVolume(db, name);
  requireUnused(db, name, "remove");
  deleteVolumeRow(db, name);
  return retireDirectory(root, name);
}

/**
 * Gives a volume another name; its record is the caller's to write when the transaction is done.
 * @throws TeuError `not-found`; `conflict` for one in use, and for a name that is taken
 */
export function moveVolume(db: Writer, root: string, from: string, to: string): void {
  requireVolume(db, from);
  requireUnused(db, from, "rename");
  if (volumeByName(db, to) !== undefined) throw new TeuError("conflict", `rename ${from}: there is a volume ${to}`);
  removeEmpty(root, to); // of a killed command
  renameVolumeRow(db, from, to);
  renameSync(volumePaths(root, from).directory, volumePaths(root, to).directory);
}

/** Whether rows and directories say the same. A volume that is being made or removed just now may look as if they did not. */
export function agrees(db: Database, root: string): boolean {
  const { names, retired, abandoned } = listDirectories(root);
  const volumes = new Set(allVolumes(db).map(({ name }) => name));
  return retired.length === 0 && abandoned.length === 0 && names.length === volumes.size && names.every((name) => volumes.has(name));
}

/** Brings rows and directories together again; the result is what is to be removed when the transaction is done. */
export function reconcile(db: Writer, root: string): readonly string[] {
  const { names, retired, abandoned } = listDirectories(root);
  for (const name of names) if (volumeByName(db, name) === undefined) adopt(db, root, name);
  const gone = retired.filter((path) => !undoRetirement(db, root, path));
  // A power cut may have taken a directory that its row has outlived.
  for (const volume of allVolumes(db)) {
    const { directory, data } = volumePaths(root, volume.name);
    const inPlace = [directory, data].map(isDirectory);
    // What somebody has put in its place stays; whoever mounts the volume is told.
    if (inPlace.includes(undefined) && !inPlace.includes(false)) makeDirectory(root, volume);
  }
  return [...gone, ...abandoned];
}

/** A directory without a row: its maker was killed before it was used, or renamed it, or the database was lost. Nothing that holds anything goes. */
function adopt(db: Writer, root: string, name: string): void {
  const { directory, data } = volumePaths(root, name);
  const told = readVolumeRecord(directory);
  const isMoved = told !== undefined && told.name !== name && volumeByName(db, told.name) !== undefined;
  // Where that volume has a directory of its own, this one is a copy that somebody has made.
  if (isMoved && isDirectory(volumePaths(root, told.name).directory) === undefined) {
    renameSync(directory, volumePaths(root, told.name).directory);
    return;
  }
  if (isEmpty(data)) removeEmpty(root, name);
  else if (told !== undefined) insertVolume(db, { ...told, name });
}

/** A retired directory whose row is still there: the transaction that should have deleted it was not carried through. */
function undoRetirement(db: Writer, root: string, retired: string): boolean {
  const told = readVolumeRecord(retired);
  if (told === undefined || volumeByName(db, told.name) === undefined || existsSync(volumePaths(root, told.name).directory)) return false;
  bringBack(root, retired, told.name);
  return true;
}
