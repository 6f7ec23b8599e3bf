// Use case `diff`: what a container has changed of its image. Only names and attributes are read: of its own layer, and of what lies below.
import { type Change, changesOf } from "../../../containers/copy/changes.ts";
import { overlayMount } from "../../../image/snapshots/overlay.ts";
import { comparison, directoryPlace } from "../../../kernel/tree/place.ts";
import { readTree } from "../../../kernel/tree/reader.ts";
import type { Engine } from "../../engine.ts";
import { findContainer } from "../find.ts";
import { containerPaths } from "../state/directory.ts";
import { treesOf } from "./inside.ts";
import { fileNamespace, imageRootOf } from "./layers.ts";

/** @throws TeuError `not-found`; `unsupported` for a container without layers of its own */
export async function diffContainer(engine: Engine, text: string): Promise<Change[]> {
  const container = findContainer(engine, text);
  const { layers } = imageRootOf(container, "compare");
  const { rootless, kernel } = engine.runtime.facts();
  const items = readTree({
    ...treesOf(engine, "the changes"),
    root: directoryPlace(containerPaths(engine.root, container.id).upper, fileNamespace(engine, container), { mounts: true }),
    below: comparison({ mount: overlayMount(layers, undefined, { userxattr: rootless }), kernel }),
    overlay: true,
    statOnly: true,
  });
  return await changesOf(
    items,
    container.document.mounts.map(({ destination }) => destination),
  );
}
