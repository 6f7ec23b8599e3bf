// Use cases `volume cp`, `volume snapshot` and `volume mv`: a volume under another name. A copy is made aside and named when it is whole. It is
// of the volume as it is while it is read, unless the containers that have it stand still meanwhile (`pause`).
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { copyWholeTree } from "../../kernel/state/copy-tree.ts";
import { backingOf } from "../../volumes/backing.ts";
import { asideDirectory, makeDirectory, volumePaths } from "../../volumes/directory.ts";
import { parseVolumeName } from "../../volumes/name.ts";
import { usersOf, type Volume, volumeByName } from "../../volumes/rows.ts";
import { enterVolume, moveVolume, requireVolume } from "../../volumes/store.ts";
import { pauseWhileOpen } from "../containers/life/pause-while.ts";
import { runState } from "../containers/state/run-state.ts";
import type { Engine } from "../engine.ts";
import { recordVolumeEvent } from "./event.ts";
import { sweepVolumes } from "./sweep.ts";
import { removeTrees } from "./trees.ts";

export interface CopyOptions {
  readonly to: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The containers that have it, and run, stand still meanwhile. */
  readonly pause: boolean;
}

/**
 * Makes a new volume with all that another one holds.
 * @throws TeuError `not-found`; `conflict` where the new name is taken; `unsupported` for a volume that is another file system
 */
export async function copyVolume(engine: Engine, from: string, { to, labels, pause }: CopyOptions): Promise<void> {
  parseVolumeName(to);
  await sweepVolumes(engine);
  const source = engine.state.read((db) => requireVolume(db, from));
  const data = dataOf(engine, source, "copy");
  refuseTaken(engine, to, `copy ${from}`);
  const aside = asideDirectory(engine.root);
  try {
    const [into, links] = [join(aside, "_data"), join(aside, "links")];
    for (const path of [into, links]) mkdirSync(path, { recursive: true });
    const copy = () => copyWholeTree(engine.runtime, { from: data, into, links, maps: rootlessMaps(engine.runtime.facts()) });
    if (pause) whilePaused(engine, from, copy);
    else copy();
    await removeTrees(engine, [links]);
    engine.state.write(
      (db) => {
        const volume = { ...source, name: to, created: engine.runtime.now().getTime(), labels, anonymous: false, options: {} };
        if (!enterVolume(db, engine.root, aside, volume)) throw taken(to, `copy ${from}`);
        recordVolumeEvent(db, engine, { action: "create", actor: to, attributes: { driver: volume.driver } });
      },
      { durable: true },
    );
  } finally {
    await removeTrees(engine, [aside]);
  }
}

function whilePaused(engine: Engine, volume: string, work: () => void): void {
  using pauses = new DisposableStack();
  for (const id of usersOf(engine.state.rows, volume)) if (runState(engine, id).kind === "alive") pauses.use(pauseWhileOpen(engine, id));
  work();
}

/** @throws TeuError `not-found`; `conflict` while a container has it, and for a name that is taken */
export async function renameVolume(engine: Engine, from: string, to: string): Promise<void> {
  parseVolumeName(to);
  await sweepVolumes(engine);
  const volume = engine.state.write(
    (db) => {
      moveVolume(db, engine.root, from, to);
      return requireVolume(db, to);
    },
    { durable: true },
  );
  makeDirectory(engine.root, volume);
}

/**
 * The directory that holds a volume's files.
 * @throws TeuError `unsupported` for one that is a file system of its own, which is mounted in containers only
 */
export function dataOf(engine: Engine, { name, options }: Volume, verb: string): string {
  const backing = backingOf(options);
  switch (backing.kind) {
    case "directory":
      return volumePaths(engine.root, name).data;
    case "bind":
      return backing.source;
    case "filesystem":
      throw new TeuError(
        "unsupported",
        `${verb} ${name}: it is of type ${backing.type}, and mounted in containers only: do it in one that has it`,
      );
  }
}

function refuseTaken(engine: Engine, name: string, what: string): void {
  if (volumeByName(engine.state.rows, name) !== undefined) throw taken(name, what);
}

function taken(name: string, what: string): TeuError {
  return new TeuError("conflict", `${what}: there is a volume ${name}; remove it, or choose another name`);
}
