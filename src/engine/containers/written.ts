// What a container has written, in bytes.
import { existsSync } from "node:fs";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import { containerPaths } from "../container-directory.ts";
import type { Engine } from "../engine.ts";

/** Over its image; what is in its volumes is theirs. */
export async function writtenBy(engine: Engine, id: string): Promise<number> {
  const { upper, copy } = containerPaths(engine.root, id);
  let size = 0;
  for (const root of [upper, copy]) if (existsSync(root)) size += await sizeOf(engine, root);
  return size;
}

/** Bytes of the files in a tree, each once. Of one that is being removed, what is still there. */
async function sizeOf({ runtime, runRoot }: Engine, root: string): Promise<number> {
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  const userns = maps === undefined ? {} : { userns: { ...maps, facts } };
  const trees = { launcher: runtime.launcher, dir: runRoot, ...userns };
  let size = 0;
  try {
    for await (const item of readTree({ ...trees, root, statOnly: true, oneFileSystem: true, subject: "the container's files" })) {
      if (item.kind === "entry" && item.entry.type === "file") size += item.entry.size;
    }
  } catch (error) {
    if (existsSync(root)) throw error;
  }
  return size;
}
