// What the new volumes of a container begin with: what its image has at their places, as docker has it.
import { renameSync } from "node:fs";
import { failedWith } from "../../base/file-errno.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import type { ContainerDocument, ImageRoot } from "../../containers/document/document.ts";
import type { VolumeRequest } from "../../containers/document/mounts.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { copyPlace } from "../../kernel/state/copy-tree.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { backingOf } from "../../volumes/backing.ts";
import { abandonedFillings, fillingDirectory, isEmpty, volumePaths } from "../../volumes/directory.ts";
import { usersOf, volumeByName } from "../../volumes/rows.ts";
import { containerPaths } from "../containers/state/directory.ts";
import type { Engine } from "../engine.ts";
import { volumeRequests } from "./claim.ts";
import { removeTrees } from "./trees.ts";

/**
 * Fills the empty ones of a container's volumes with what its image has at their places. Before its first start, when its directory is there;
 * done again, it does nothing.
 * @throws KernelError where a file cannot be copied
 */
export async function fillVolumes(engine: Engine, document: Pick<ContainerDocument, "id" | "mounts" | "root">): Promise<void> {
  for (const request of volumeRequests(document)) {
    const { data } = volumePaths(engine.root, request.name);
    await removeTrees(engine, abandonedFillings(engine.root, request.name));
    if (request.copy && request.subpath === undefined && isOwnDirectory(engine, request.name) && isEmpty(data))
      await fill(engine, document, request);
  }
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
  const { data } = volumePaths(engine.root, name);
  const copyInto = (into: string) => copyPlace(engine.runtime, { root: rootOf(engine, id, root), path: destination, into, maps });
  if (usersOf(engine.state.rows, name).some((user) => user !== id)) return copyInto(data);
  const filling = fillingDirectory(engine.root, name);
  try {
    copyInto(filling);
    renameSync(filling, data);
  } catch (error) {
    if (!failedWith(error, "ENOTEMPTY", "EEXIST")) throw error; // somebody has put something there meanwhile: that is what it begins with
  } finally {
    await removeTrees(engine, [filling]);
  }
}

/** What a container finds at its root before it has written anything. */
function rootOf(engine: Engine, id: string, root: ContainerDocument["root"]): Mount {
  if (root.kind === "directory") return { destination: "/", type: "bind", source: root.path };
  const { layers, copied }: ImageRoot = root;
  if (copied) return { destination: "/", type: "bind", source: containerPaths(engine.root, id).copy };
  return overlayMount(layers, undefined, { userxattr: engine.runtime.facts().rootless });
}
