// Trees of files of volumes: worked on as root of the caller's user namespace, whose ids they may have.
import { rmSync } from "node:fs";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import type { TreeSessionOptions } from "../../kernel/tree/session.ts";
import type { Engine } from "../engine.ts";

export function treesOf({ runtime, runRoot }: Engine): TreeSessionOptions {
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  return { launcher: runtime.launcher, dir: runRoot, ...(maps === undefined ? {} : { userns: { ...maps, facts } }) };
}

/** Removes trees, whatever is in them; by plain calls where they do. */
export async function removeTrees(engine: Engine, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      const { removeTree } = await import("../../kernel/tree/remove.ts");
      await removeTree({ ...treesOf(engine), path });
    }
  }
}

/** Bytes of the files in a tree, each once; of one that is not there, or is being removed, what there is. */
export async function sizeOfTree(engine: Engine, root: string): Promise<number> {
  const [{ readTree }, { existsSync }] = await Promise.all([import("../../kernel/tree/reader.ts"), import("node:fs")]);
  let size = 0;
  if (!existsSync(root)) return size;
  try {
    for await (const item of readTree({ ...treesOf(engine), root, statOnly: true, oneFileSystem: true, subject: "the volume" })) {
      if (item.kind === "entry" && item.entry.type === "file") size += item.entry.size;
    }
  } catch (error) {
    if (existsSync(root)) throw error;
  }
  return size;
}
