// What a container has written, in bytes.
import { containerPaths } from "../container-directory.ts";
import type { Engine } from "../engine.ts";
import { sizeOfTree } from "../volumes/trees.ts";

/** Over its image, and into the volumes that are its own. */
export async function writtenBy(engine: Engine, id: string): Promise<number> {
  const { upper, copy, directory } = containerPaths(engine.root, id);
  let size = 0;
  for (const root of [upper, copy, `${directory}/volumes`]) size += await sizeOfTree(engine, root);
  return size;
}
