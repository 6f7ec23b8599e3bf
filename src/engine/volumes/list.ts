// Use cases `volume ls` and `volume inspect`.
import { volumePaths } from "../../volumes/directory.ts";
import { allVolumes, usedVolumes, type Volume } from "../../volumes/rows.ts";
import { requireVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { sweepVolumes } from "./sweep.ts";

export interface ListedVolume extends Volume {
  readonly mountpoint: string;
  /** No container has it. */
  readonly dangling: boolean;
}

/** In the order of their names. */
export async function listVolumes(engine: Engine): Promise<readonly ListedVolume[]> {
  await sweepVolumes(engine);
  return engine.state.read((db) => {
    const used = usedVolumes(db);
    return allVolumes(db).map((volume) => ({
      ...volume,
      mountpoint: volumePaths(engine.root, volume.name).data,
      dangling: !used.has(volume.name),
    }));
  });
}

/** docker's JSON of a volume. */
export interface InspectedVolume {
  readonly CreatedAt: string;
  readonly Driver: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Mountpoint: string;
  readonly Name: string;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Scope: "local";
}

/** @throws TeuError `not-found` */
export function inspectVolume(engine: Engine, name: string): InspectedVolume {
  const { created, driver, labels, options } = requireVolume(engine.state.rows, name);
  return {
    CreatedAt: new Date(created).toISOString().replace(/\.\d+Z$/, "Z"),
    Driver: driver,
    Labels: orNull(labels),
    Mountpoint: volumePaths(engine.root, name).data,
    Name: name,
    Options: orNull(options),
    Scope: "local",
  };
}

function orNull(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  return Object.keys(texts).length === 0 ? null : texts;
}
