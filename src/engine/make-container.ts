// Makes the directory of a container of an image, as its launch begins. On the way of every such run: it loads nothing that a cached plan spares.

import { TeuError } from "../base/errors.ts";
import { bootId } from "../base/process-identity.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import { readProcess } from "../kernel/state/process.ts";
import type { IdMaps } from "../kernel/state/side-plan.ts";
import { containerPaths, makeContainerDirectory } from "./container-directory.ts";
import type { Engine } from "./engine.ts";
import { hostnameOf } from "./hostname.ts";
import type { RunImage, RunRequest } from "./run-request.ts";

/** @throws TeuError `not-found` when the image has been removed meanwhile */
export async function makeContainer(engine: Engine, { id, container, remove }: RunRequest, image: RunImage): Promise<void> {
  const maps = rootlessMaps(engine.runtime.facts());
  const stored = {
    version: 1 as const,
    id,
    created: engine.runtime.now().toISOString(),
    args: container.args,
    remove,
    runRoot: engine.runRoot,
    boot: bootId(),
    creator: { pid: process.pid, start: readProcess(process.pid)?.start ?? "0" },
    ...(maps === undefined ? {} : { maps }),
    ...image.facts,
    layers: image.layers,
    ...(image.copied ? { copied: image.copied } : {}),
  };
  const hostname = container.hostname ?? hostnameOf(id);
  makeContainerDirectory(engine.root, stored, {
    volumes: image.volumes.length,
    hostname,
    network: container.network === "host" ? "host" : "none",
  });
  try {
    if ((await image.confirm?.()) === false) throw new TeuError("not-found", `run image ${image.facts.image}: it has just been removed`);
    if (image.copied) await copyImage(engine, image, { id, maps });
  } catch (error) {
    await (await import("./release.ts")).releaseContainer(engine.runtime, engine.root, id);
    throw error;
  }
}

async function copyImage(
  { runtime, root }: Engine,
  { layers }: RunImage,
  { id, maps }: { readonly id: string; readonly maps: IdMaps | undefined },
): Promise<void> {
  const { copyLayers } = await import("../image/snapshots/copy-layers.ts");
  await copyLayers(layers, containerPaths(root, id).copy, {
    launcher: runtime.launcher,
    dir: runtime.root,
    ...(maps === undefined ? {} : { userns: { ...maps, facts: runtime.facts() } }),
  });
}
