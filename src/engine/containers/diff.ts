// Use case `diff`: what a container has changed of its image. Only names and attributes are read: of its own layer, and of what lies below.
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { type Change, changesOf } from "../../containers/copy/changes.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { comparison, directoryPlace } from "../../kernel/tree/place.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { Engine } from "../engine.ts";
import { treesOf } from "./files.ts";
import { layersOf } from "./layers.ts";

/** @throws TeuError `not-found`; `unsupported` for a container without layers of its own */
export async function diffContainer(engine: Engine, text: string): Promise<Change[]> {
  const { image, upper, mounted } = layersOf(engine, text, "compare");
  const facts = engine.runtime.facts();
  const maps = rootlessMaps(facts);
  const userns = maps === undefined ? undefined : { ...maps, facts };
  const mount = overlayMount(image, undefined, { userxattr: facts.rootless });
  const items = readTree({
    ...treesOf(engine, "the changes"),
    root: directoryPlace(upper, userns, { mounts: true }),
    below: comparison({ mount, kernel: facts.kernel }),
    overlay: true,
    statOnly: true,
  });
  return await changesOf(items, mounted);
}
