// Use case `rmi`: takes a name of an image away, and the image with its last one.
import { join } from "node:path";
import type { Digest } from "../../base/digest.ts";
import type { Removed } from "../../image/store/remove-image.ts";
import { formatFamiliar, parseReference } from "../../spec/distribution/reference.ts";
import { containerPaths, readBirth } from "../containers/state/directory.ts";
import { runState } from "../containers/state/run-state.ts";
import { storedImage } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { type ImageEvent, recordImageEvents } from "./record-event.ts";

export interface RemoveImageOptions {
  /** Also when a container that does not run uses it, and by an ID that has several names. */
  readonly force: boolean;
}

/**
 * Removes what a name or an ID means. The names in the result are as people write them.
 * @throws TeuError `not-found`; `conflict` when a container uses it, or when an ID has several names
 */
export async function removeStored(images: ImageEngine, text: string, { force }: RemoveImageOptions): Promise<Removed> {
  const found = await storedImage(images, text);
  const isRunning = (id: string) => runs(images, id);
  const removed = await images.store.removeImage(found.foundBy ?? text, { force, isRunning });
  const told = { ...removed, untagged: removed.untagged.map((name) => formatFamiliar(parseReference(name))) };
  await recordImageEvents(images, removalEvents(found.id, told));
  return told;
}

/** docker tells of the image by its ID whatever name it lost; layers that go with it are no events. */
function removalEvents(id: Digest, { untagged, deleted }: Removed): ImageEvent[] {
  return [
    ...untagged.map((name): ImageEvent => ({ action: "untag", actor: id, attributes: { name } })),
    ...(deleted.includes(id) ? [{ action: "delete" as const, actor: id, attributes: { name: id } }] : []),
  ];
}

/** Its state lies where its maker's run root was, which need not be ours. */
function runs({ engine }: ImageEngine, id: string): boolean {
  const runRoot = readBirth(containerPaths(engine.root, id).directory)?.birth.runRoot;
  return runRoot !== undefined && runState({ runtime: { ...engine.runtime, root: join(runRoot, "containers") } }, id).kind === "alive";
}
