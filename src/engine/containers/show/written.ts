// What a container has written, in bytes.

import type { Engine } from "../../engine.ts";
import { sizeOfTree } from "../../volumes/trees.ts";
import { containerPaths } from "../state/directory.ts";

/** Over its image; what is in its volumes is theirs. */
export async function writtenBy(engine: Engine, id: string): Promise<number> {
  const { upper, copy } = containerPaths(engine.root, id);
  let size = 0;
  for (const root of [upper, copy]) size += await sizeOfTree(engine, root);
  return size;
}
