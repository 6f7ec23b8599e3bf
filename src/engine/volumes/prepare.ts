// The volumes of a container that is made: rows and directories of those that are not there, who uses them, and what a new one begins with.
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Writer } from "../../base/database.ts";
import { failedWith } from "../../base/file-errno.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import type { ContainerDocument, ImageRoot } from "../../containers/document/document.ts";
import type { VolumeRequest } from "../../containers/document/mounts.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { copyPlace } from "../../kernel/state/copy-tree.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { backingOf } from "../../volumes/backing.ts";
import { isEmpty, volumePaths } from "../../volumes/directory.ts";
import { usersOf, useVolume, volumeByName } from "../../volumes/rows.ts";
import { makeVolume } from "../../volumes/store.ts";
import { containerPaths } from "../container-directory.ts";
import type { Engine } from "../engine.ts";
import { refuseOther, volumeOf } from "./create.ts";
import { recordVolumeEvent } from "./event.ts";
import { removeTrees } from "./trees.ts";

export function volumeRequests({ mounts }: Pick<ContainerDocument, "mounts">): readonly VolumeRequest[] {
  return mounts.filter((mount) => mount.kind === "volume");
}

/**
 * Makes the volumes that are not there, and says that this container has them, which keeps them. In the transaction that inserts its row.
 * @throws TeuError as createVolume
 */
export function claimVolumes(db: Writer, engine: Engine, document: Pick<ContainerDocument, "id" | "mounts">): void {
  for (const request of volumeRequests(document)) {
    const volume = {
      ...volumeOf(engine, {
        ...(request.anonymous ? {} : { name: request.name }),
        driver: request.driver,
        options: request.driverOptions,
        labels: request.labels,
      }),
      name: request.name,
    };
    if (makeVolume(db, engine.root, volume))
      recordVolumeEvent(db, engine, { action: "create", actor: volume.name, attributes: { driver: volume.driver } });
    else refuseOther(volume, volumeByName(db, volume.name));
    useVolume(db, document.id, volume.name);
  }
}

/**
 * Fills the empty ones of a container's volumes with what its image has at their places. Before its first start, when its directory is there.
 * @throws KernelError where a file cannot be copied
 */
export async function fillVolumes(engine: Engine, document: Pick<ContainerDocument, "id" | "mounts" | "root">): Promise<void> {
  for (const request of volumeRequests(document)) {
    const { data } = volumePaths(engine.root, request.name);
    if (request.copy && request.subpath === undefined && isOwnDirectory(engine, request.name) && isEmpty(data))
      await fill(engine, document, request);
  }
}

/** The whole of it, for a container whose row is there. */
export async function prepareVolumes(engine: Engine, document: Pick<ContainerDocument, "id" | "mounts" | "root">): Promise<void> {
  if (volumeRequests(document).length === 0) return;
  engine.state.write((db) => claimVolumes(db, engine, document), { durable: true });
  await fillVolumes(engine, document);
}

function isOwnDirectory({ state }: Engine, name: string): boolean {
  const volume = volumeByName(state.rows, name);
  return volume !== undefined && backingOf(volume.options).kind === "directory";
}

/**
 * The copy is made aside and takes the place of the empty directory when it is whole. Where another container has that mounted already it is made
 * there, for it to see.
 */
async function fill(
  engine: Engine,
  { id, root }: Pick<ContainerDocument, "id" | "root">,
  { name, destination }: VolumeRequest,
): Promise<void> {
  const maps = rootlessMaps(engine.runtime.facts());
  const { directory, data } = volumePaths(engine.root, name);
  const copyInto = (into: string) => copyPlace(engine.runtime, { root: rootOf(engine, id, root), path: destination, into, maps });
  if (usersOf(engine.state.rows, name).some((user) => user !== id)) return copyInto(data);
  const aside = join(directory, `filling-${id}`);
  await removeTrees(engine, [aside]); // of a killed command
  mkdirSync(aside, { mode: 0o755 });
  try {
    copyInto(aside);
    renameSync(aside, data);
  } catch (error) {
    if (!failedWith(error, "ENOTEMPTY", "EEXIST")) throw error; // somebody has put something there meanwhile: that is what it begins with
  } finally {
    await removeTrees(engine, [aside]);
  }
}

/** What a container finds at its root before it has written anything. */
function rootOf(engine: Engine, id: string, root: ContainerDocument["root"]): Mount {
  if (root.kind === "directory") return { destination: "/", type: "bind", source: root.path };
  const { layers, copied }: ImageRoot = root;
  if (copied) return { destination: "/", type: "bind", source: containerPaths(engine.root, id).copy };
  return overlayMount(layers, undefined, { userxattr: engine.runtime.facts().rootless });
}
