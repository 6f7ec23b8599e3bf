// Tells the store which images containers use, out of the containers' own records: who removes images brings the list up to date first. A
// record is written before its maker's lease ends, so that no image is without protection in between.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { failedWith } from "../../base/file-errno.ts";
import { readRecord } from "../../kernel/state/record.ts";
import { readStatus } from "../../kernel/state/status.ts";
import { containerPaths, readStored, type StoredContainer } from "../container-directory.ts";
import type { ImageEngine } from "./image-engine.ts";

/** Brings the store's list of containers to what is there; the result tells whether one of them runs. */
export function syncContainerRoots({ store, engine }: ImageEngine): (containerId: string) => boolean {
  const stored = new Map(containerIds(engine.root).map((id) => [id, readStored(engine.root, id)]));
  const known = new Set(store.roots.containers().map(({ containerId }) => containerId));
  // The manifest leads to the layers.
  for (const [id, container] of stored)
    if (container !== undefined && !known.has(id))
      store.roots.registerContainer({ containerId: id, manifest: container.manifestDigest, chainId: undefined });
  for (const id of known) if (!existsSync(containerPaths(engine.root, id).directory)) store.roots.releaseContainer(id);
  return (id) => runs(stored.get(id));
}

function containerIds(root: string): readonly string[] {
  try {
    return readdirSync(join(root, "containers"));
  } catch (error) {
    if (failedWith(error, "ENOENT")) return []; // none was ever made
    throw error;
  }
}

/** Its state lies where its maker's run root was, which need not be ours. */
function runs(container: StoredContainer | undefined): boolean {
  if (container === undefined) return false;
  const root = join(container.runRoot, "containers");
  const { status } = readStatus(root, container.id, readRecord(root, container.id));
  return status !== "stopped";
}
