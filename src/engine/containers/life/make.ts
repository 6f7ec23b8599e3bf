// A draft becomes a container: its directory, then its row. On the way of every run.
import { diskError } from "../../../base/disk-error.ts";
import { TeuError } from "../../../base/errors.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerDocument, ImageRoot } from "../../../containers/document/document.ts";
import type { Engine } from "../../engine.ts";
import { containerPaths, makeContainerDirectory } from "../state/directory.ts";
import { removeTaken, takeFiles } from "../state/take-files.ts";
import type { ContainerDraft } from "./draft.ts";

/**
 * Makes the directory of a container, or nothing.
 * @throws TeuError `not-found` when the image has been removed meanwhile
 */
export async function makeFiles(engine: Engine, document: ContainerDocument, confirm: ContainerDraft["confirm"]): Promise<void> {
  try {
    makeContainerDirectory(engine.root, document);
  } catch (error) {
    throw diskError(`make container ${document.id}`, error);
  }
  try {
    const { root } = document;
    if ((await confirm?.()) === false)
      throw new TeuError("not-found", `No such image: ${root.kind === "image" ? root.name : root.path}: it has just been removed`);
    if (root.kind === "image" && root.copied) await copyImage(engine, document, root);
  } catch (error) {
    await dropFiles(engine, document.id);
    throw error;
  }
}

/** Takes back what `makeFiles` has made. */
export async function dropFiles(engine: Engine, id: string): Promise<void> {
  const files = takeFiles(engine, id);
  if (files !== undefined) await removeTaken(engine, files);
}

async function copyImage(
  { runtime, root, runRoot }: Engine,
  { id, birth: { maps } }: ContainerDocument,
  { layers }: ImageRoot,
): Promise<void> {
  const { copyLayers } = await import("../../../image/snapshots/copy-layers.ts");
  const facts = runtime.facts();
  const own = rootlessMaps(facts);
  const trees = { launcher: runtime.launcher, dir: runRoot, ...(own === undefined ? {} : { userns: { ...own, facts } }) };
  await copyLayers(layers, containerPaths(root, id).copy, { ...trees, ...(maps === undefined ? {} : { owners: { ...maps, facts } }) });
}
