// What volumes take of the disk.
import { backingOf } from "../../volumes/backing.ts";
import { volumePaths } from "../../volumes/directory.ts";
import { allVolumes, usersOf, type Volume } from "../../volumes/rows.ts";
import type { Engine } from "../engine.ts";
import { sizeOfTree } from "./trees.ts";

export interface VolumeUsage {
  readonly volume: Volume;
  /** Ids of the containers that have it. */
  readonly containers: readonly string[];
  /** Bytes of its files; of one that is a file system of its own or somebody else's directory, none of ours. */
  readonly size: number;
}

export async function volumeUsage(engine: Engine): Promise<readonly VolumeUsage[]> {
  const rows = engine.state.read((db) => allVolumes(db).map((volume) => ({ volume, containers: usersOf(db, volume.name) })));
  const usage: VolumeUsage[] = [];
  for (const row of rows) {
    const own = backingOf(row.volume.options).kind === "directory";
    usage.push({ ...row, size: own ? await sizeOfTree(engine, volumePaths(engine.root, row.volume.name).data) : 0 });
  }
  return usage;
}
