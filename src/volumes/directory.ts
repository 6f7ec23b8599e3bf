// What a volume has on disk, below `<root>/volumes/`:
//   <name>/volume.json      its row, for an engine that has lost its database; written before anything can be put into the volume
//   <name>/_data            its files
//   <name>/filling-*        what _data is to begin with, while it is copied out of an image
//   .removing-*             a volume on its way out, with all of the above
//   .aside-*                a copy of a volume on its way in
// A row is made and unmade in the transaction that makes and renames the directory. What a killed command leaves is found by sweep.ts.

import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import { failedWith } from "../base/file-errno.ts";
import { bootId, identityWord, parseIdentity } from "../base/process-identity.ts";
import { randomId } from "../base/random-id.ts";
import { readRegularFile } from "../base/regular-file.ts";
import { isAlive, readProcess } from "../kernel/state/process.ts";
import { isVolumeName } from "./name.ts";
import type { Volume } from "./rows.ts";

export interface VolumePaths {
  readonly directory: string;
  readonly data: string;
  readonly record: string;
}

const REMOVING = ".removing-";
const ASIDE = ".aside-";
const FILLING = "filling-";
/** Others may pass through, so that ids of a user namespace reach what is theirs; names are seen by nobody. */
const PASSAGE = 0o711;
const DATA = 0o755;

export const volumesDirectory = (root: string): string => join(root, "volumes");

/** @param name one that parseVolumeName took */
export function volumePaths(root: string, name: string): VolumePaths {
  const directory = join(volumesDirectory(root), name);
  return { directory, data: join(directory, "_data"), record: join(directory, "volume.json") };
}

/** Whether a volume's directory is one, and no link that somebody put there; undefined where there is nothing. */
export function isDirectory(path: string): boolean | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory();
}

/**
 * Makes what is missing of a volume's directory.
 * @throws TeuError `conflict` where something else lies in its place
 */
export function makeDirectory(root: string, volume: Volume): void {
  const { directory, data, record } = volumePaths(root, volume.name);
  const other = [directory, data].find((path) => isDirectory(path) === false);
  if (other !== undefined)
    throw new TeuError("conflict", `make volume ${volume.name}: ${other} is not a directory; remove what lies there`);
  mkdirSync(directory, { recursive: true, mode: PASSAGE });
  writeFileSync(record, JSON.stringify(volume), { mode: 0o600 });
  mkdirSync(data, { recursive: true, mode: DATA });
}

/** A new directory where nobody looks for a volume; it bears the name of this process, whose it is. */
export function asideDirectory(root: string): string {
  const aside = join(volumesDirectory(root), ownName(ASIDE));
  mkdirSync(aside, { recursive: true, mode: PASSAGE });
  return aside;
}

/** A directory made aside is a volume from now on. */
export function enterAside(root: string, aside: string, volume: Volume): void {
  const { directory } = volumePaths(root, volume.name);
  writeFileSync(join(aside, "volume.json"), JSON.stringify(volume), { mode: 0o600 });
  renameSync(aside, directory);
}

/** A new directory to take the place of an empty volume's. */
export function fillingDirectory(root: string, name: string): string {
  const filling = join(volumePaths(root, name).directory, ownName(FILLING));
  mkdirSync(filling, { mode: DATA });
  return filling;
}

/** Those of killed commands. */
export function abandonedFillings(root: string, name: string): readonly string[] {
  const { directory } = volumePaths(root, name);
  return readdirSync(directory)
    .filter((entry) => entry.startsWith(FILLING) && isAbandoned(entry, FILLING))
    .map((entry) => join(directory, entry));
}

function ownName(beginning: string): string {
  const own = { pid: process.pid, startTime: readProcess(process.pid)?.start ?? "0", bootId: bootId() };
  return `${beginning}${identityWord(own)}-${randomId()}`;
}

function isAbandoned(name: string, beginning: string): boolean {
  const maker = parseIdentity(name.slice(beginning.length, name.lastIndexOf("-")));
  return maker === undefined || maker.bootId !== bootId() || !isAlive(maker.pid, maker.startTime);
}

/** Takes a volume's directory out of sight; the result is what is to be removed, undefined where there is none. */
export function retireDirectory(root: string, name: string): string | undefined {
  const retired = join(volumesDirectory(root), `${REMOVING}${randomId()}`);
  try {
    renameSync(volumePaths(root, name).directory, retired);
    return retired;
  } catch (error) {
    if (failedWith(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The same for one that is still a volume: its removal was not carried through. */
export function bringBack(root: string, retired: string, name: string): void {
  renameSync(retired, volumePaths(root, name).directory);
}

export interface Directories {
  /** Names of the volumes that have one. */
  readonly names: readonly string[];
  /** Paths of those that are to be removed. */
  readonly retired: readonly string[];
  /** Copies that were not carried through. */
  readonly abandoned: readonly string[];
}

/** What lies below `<root>/volumes`, by what its name says of it. */
export function listDirectories(root: string): Directories {
  const directory = volumesDirectory(root);
  let all: string[];
  try {
    all = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (error) {
    if (failedWith(error, "ENOENT")) return { names: [], retired: [], abandoned: [] }; // no volume was ever made
    throw error;
  }
  return {
    names: all.filter(isVolumeName),
    retired: all.filter((name) => name.startsWith(REMOVING)).map((name) => join(directory, name)),
    abandoned: all.filter((name) => name.startsWith(ASIDE) && isAbandoned(name, ASIDE)).map((name) => join(directory, name)),
  };
}

/** What a directory says of its volume; undefined where its maker was killed before it could, or somebody has damaged it. */
export function readVolumeRecord(directory: string): Volume | undefined {
  try {
    const value: unknown = JSON.parse(readRegularFile(join(directory, "volume.json")));
    return isVolume(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isVolume(value: unknown): value is Volume {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [name, driver] = [fields.get("name"), fields.get("driver")];
  const plain = typeof name === "string" && isVolumeName(name) && typeof driver === "string";
  return (
    plain &&
    Number.isInteger(fields.get("created")) &&
    typeof fields.get("anonymous") === "boolean" &&
    ["options", "labels"].every((field) => areTexts(fields.get(field)))
  );
}

function areTexts(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === "string")
  );
}

/** Nothing is in the directory. One that its owner has closed to us was given to somebody else's ids, and so was used. */
export function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    if (failedWith(error, "ENOENT")) return true;
    if (failedWith(error, "EACCES")) return false;
    throw error;
  }
}

/** Removes the directory of a volume that never had anything in it; what somebody has just put there stays. */
export function removeEmpty(root: string, name: string): void {
  const { directory, data, record } = volumePaths(root, name);
  try {
    if (existsSync(data)) rmdirSync(data);
    rmSync(record, { force: true });
    rmdirSync(directory);
  } catch (error) {
    if (!failedWith(error, "ENOTEMPTY", "ENOENT")) throw error;
  }
}
