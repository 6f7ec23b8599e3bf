// The mounts that flags ask for, completed by what they name: other containers' mounts, the layers of images, the volumes of the container's own
// image.
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import type { MountRequest } from "../../containers/document/mounts.ts";
import { inheritedMounts, mergeMounts } from "../../containers/mounts/merge.ts";
import { findContainer } from "../containers/find.ts";
import type { Engine } from "../engine.ts";

/** `--volumes-from NAME[:ro|:rw]`. */
export interface VolumesFrom {
  readonly container: string;
  readonly mode?: "ro" | "rw";
}

export interface AskedMounts {
  /** Those of images have no layers yet. */
  readonly mounts: readonly MountRequest[];
  readonly volumesFrom: readonly VolumesFrom[];
}

/** @throws TeuError `not-found` for a container or an image; InvalidInputError where two are asked for at one place */
export async function completeMounts(
  engine: Engine,
  asked: AskedMounts,
  imageVolumes: readonly string[],
): Promise<readonly MountRequest[]> {
  const inherited = asked.volumesFrom.flatMap(({ container, ...mode }) =>
    inheritedMounts(findContainer(engine, container).document.mounts, { from: `--volumes-from ${container}`, ...mode }),
  );
  const mounts: MountRequest[] = [];
  for (const mount of asked.mounts) mounts.push(await withLayers(engine, mount));
  return mergeMounts({ asked: mounts, inherited, imageVolumes, newName: randomId });
}

async function withLayers(engine: Engine, mount: MountRequest): Promise<MountRequest> {
  if (mount.kind !== "image") return mount;
  const found = await (await engine.images()).resolve(mount.name, {});
  if (found === undefined) throw new TeuError("not-found", `${mount.from}: No such image: ${mount.name}`);
  await refuseWithoutOverlay(engine, mount, found.layers.length);
  return { ...mount, layers: found.layers, manifest: found.manifestDigest };
}

/** Only without root it is not certain what the kernel makes of layers; a container's own are copied then, which nobody would want of a mount. */
async function refuseWithoutOverlay(engine: Engine, { from }: MountRequest, layers: number): Promise<void> {
  if (layers < 2 || !engine.runtime.facts().rootless) return;
  const { overlayRefusal } = await import("../roots/copied-root.ts");
  const refusal = await overlayRefusal(engine);
  if (refusal !== undefined) throw new TeuError("unsupported", `${from}: there is no overlay to be had here: ${refusal}`);
}
